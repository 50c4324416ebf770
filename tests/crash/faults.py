"""Tries faults of the machine on the larger site and prints the table; used while developing."""
import sys, tempfile, signal, os
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from driver import *
F = {
 "sigterm": lambda g,p: die_at_request(g,p,40,signal.SIGTERM),
 "sigint": lambda g,p: die_at_request(g,p,40,signal.SIGINT),
 "sigint twice": lambda g,p: die_at_request(g,p,40,signal.SIGINT,signal.SIGINT),
 "enospc archive": lambda g,p: die_at_call(g,p,"--full","archive/large-","--after","30"),
 "enospc dataset": lambda g,p: die_at_call(g,p,"--full","/dataset/"),
 "enospc index": lambda g,p: die_at_call(g,p,"--full","/indexes/"),
 "enospc pages": lambda g,p: die_at_call(g,p,"--full","/pages/"),
 "enospc manifest": lambda g,p: die_at_call(g,p,"--full","manifest"),
 "enospc runs": lambda g,p: die_at_call(g,p,"--full","/runs/"),
 "enospc state": lambda g,p: die_at_call(g,p,"--full","state","--after","40"),
 "fsize": lambda g,p: die_at_call(g,p,"--limit","FSIZE=150000"),
 "nofile": lambda g,p: die_at_call(g,p,"--limit","NOFILE=%s" % os.environ.get("NF","14") + ""),
 "memory": lambda g,p: die_at_call(g,p,"--limit","AS=%d" % (int(os.environ.get("AS_MB","260"))*1000000)),
}
names = sys.argv[1:] or list(F)
with LargeSite(80) as site:
    g = large_ground(site)
    print(HEAD)
    for n in names:
        with tempfile.TemporaryDirectory() as d:
            o = trial(g, Path(d), n, lambda: F[n](g, Path(d)))
            print(o.row(), flush=True)
            print("   ", "\n    ".join(o.said.strip().splitlines()[:1]+o.said.strip().splitlines()[-30:] if not o.is_good else o.said.strip().splitlines()[:3]), *o.torn[:3], *o.again[:5], sep="\n    ", flush=True)
