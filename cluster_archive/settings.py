"""Scrapy settings: how we behave. Only what differs from Scrapy's defaults, each with its reason."""

from cluster_archive import __version__

BOT_NAME = "cluster_archive"
SPIDER_MODULES = ["cluster_archive.spiders"]
NEWSPIDER_MODULE = "cluster_archive.spiders"
USER_AGENT = f"cluster_archive/{__version__}"  # an honest name; `--contact` adds who runs it

# Capture: the bytes as they went over the wire, and nothing that bypasses the archive.
DOWNLOAD_HANDLERS = {
    "http": "cluster_archive.handlers.WarcDownloadHandler",
    "https": "cluster_archive.handlers.WarcDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",  # what every reader of WARC can decode
}

# The frontier is ours: it survives a crash, Scrapy's queue and seen-set do not.
SCHEDULER = "cluster_archive.scheduler.FrontierScheduler"

EXTENSIONS = {
    "cluster_archive.extensions.DemoServer": 10,
    "cluster_archive.extensions.ArchiveRun": 20,
    "cluster_archive.extensions.Progress": 30,
    "cluster_archive.limits.Limits": 40,
    "scrapy.extensions.corestats.CoreStats": 0,
}
DOWNLOADER_MIDDLEWARES = {
    "cluster_archive.middlewares.ScopeMiddleware": 50,
    "cluster_archive.robots.RobotsMiddleware": 100,
    "cluster_archive.middlewares.ValidatorsMiddleware": 150,
    "cluster_archive.patience.PatienceMiddleware": 560,  # behind RetryMiddleware (550): each try passes it
    "cluster_archive.middlewares.CutMiddleware": 570,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # captures decode themselves, with limits
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,  # such a page is a capture that names another
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # it fails open, ours does not
}
ITEM_PIPELINES = {
    "cluster_archive.pipelines.ExtractPipeline": 100,
    "cluster_archive.pipelines.WritePipeline": 200,
    "cluster_archive.pipelines.CuratePipeline": 300,
}

# Politeness; a site's TOML and robots.txt may ask for more.
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.0  # the site's own delay is the floor, so nothing is gained by a slow start
AUTOTHROTTLE_MAX_DELAY = 30.0

# Limits: a page that hangs, floods or loops ends soon.
DOWNLOAD_TIMEOUT = 30  # the whole exchange
ARCHIVE_CONNECT_TIMEOUT = 10  # until the request is sent
ARCHIVE_FIRST_BYTE_TIMEOUT = 15  # from then on
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
URLLENGTH_LIMIT = 2083
DNS_RESOLVER = "scrapy.resolver.CachingHostnameResolver"  # IPv6 too; the time for a connection bounds it
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # the report tells of each address
ARCHIVE_RETRY_WAIT = 5.0  # seconds that a busy host (429, 503) is left alone where it names none; doubled with each try
ARCHIVE_RETRY_AFTER_MAX = (
    60.0  # the longest that a host is waited for; who asks for more is asked again in the next run
)
ARCHIVE_HOST_PATIENCE = 30  # times in a row that a host may be busy or silent before the run leaves it alone
ARCHIVE_TRAP_BUDGET = 200  # addresses of one pattern that may lead to nothing new, one after the other

# Evidence: a certificate that cannot be verified is a failure, not a page.
DOWNLOAD_VERIFY_CERTIFICATES = True

# Nothing listens, nothing asks the network on its own, nothing is sent that identifies a session.
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPERROR_ALLOW_ALL = True  # what a failed page says is archived and judged too
MEMUSAGE_LIMIT_MB = 1024

# Ours: where it goes and what this run does (docs/cli.md; the command line sets these).
ARCHIVE_OUTPUT = "output"
ARCHIVE_COLLECTION = None  # the site's name
ARCHIVE_SITES: list[str] = []  # folders with more site files
ARCHIVE_LIMIT = 0  # articles at the most; 0: all
ARCHIVE_SINCE = None  # YYYY-MM-DD: leave out posts that are known to be older
ARCHIVE_PICTURES = True
ARCHIVE_DRY_RUN = False
ARCHIVE_FULL = False  # ask for everything again, not only for what seems to have changed
ARCHIVE_FULL_EVERY_DAYS = 30  # how often what the sources say of changes is checked by asking for all pages; 0: never
ARCHIVE_CONVERSION_RECORDS = False  # keep each article in the WARC too, as JSON
ARCHIVE_REQUISITES = (
    "named"  # what pages need to be seen again: "none", "named" (from the site and its named hosts), "all"
)
ARCHIVE_REQUISITE_MAX_BYTES = 8 * 1024 * 1024  # style sheets, scripts and fonts are far smaller; videos are not wanted
ARCHIVE_REQUISITES_PER_PAGE = (
    300  # new ones of one page; a page that names more has a gallery without end, or means harm
)
ARCHIVE_REQUISITES_PER_CRAWL = 20_000  # 1,000 posts with twenty sizes of pictures each
ARCHIVE_DOCUMENT_MAX_BYTES = 32 * 1024 * 1024  # a long illustrated report
ARCHIVE_OPERATOR = None
ARCHIVE_CONTACT = None
ARCHIVE_NAMED_HOSTS: list[str] = []  # host:port that may be on a private network; filled from the site
ARCHIVE_WARC_MAX_BYTES = 1_000_000_000
ARCHIVE_LOG_JSON = False  # stderr is for lines of JSON alone: no progress is shown there
ARCHIVE_METRICS = None  # folder of Prometheus's node exporter
ARCHIVE_PING = None  # address of a dead man's switch
ARCHIVE_WEBHOOK = None  # address that the report goes to
ARCHIVE_TIME_LIMIT = 0  # seconds; 0: none
ARCHIVE_PAGE_LIMIT = 0  # pages (HTML); 0: none
ARCHIVE_SIZE_LIMIT = 0  # bytes received; 0: none
ARCHIVE_MIN_FREE = 200_000_000  # bytes that stay free on the disk: a full one harms everything else on the machine
