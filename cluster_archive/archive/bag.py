"""Bag: a collection ready for a repository: BagIt (RFC 8493) around the WACZ, the dataset and an RO-Crate description."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cluster_archive.archive.contents import Contents
from cluster_archive.archive.manifest import sha256_of
from cluster_archive.archive.wacz import description, refuse_existing, write_wacz
from cluster_archive.errors import ClusterArchiveError
from cluster_archive.files import writing

PROV = "http://www.w3.org/ns/prov#"
NO_LICENCE = (
    "No licence is stated. The captured pages belong to those who published them;"
    " whoever deposits or reuses them has to settle the rights first."
)


def write_bag(
    contents: Contents,
    target: Path,
    *,
    software: str,
    now: datetime,
    licence: str | None = None,
    force: bool = False,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> None:
    """Writes the bag's folder beside the target and renames it: `data/` has the WACZ, the dataset as files to load, a
    README and `ro-crate-metadata.json`; the manifests are SHA-256 and SHA-512.

    Raises ClusterArchiveError where the extra `deposit` is not installed, and what `write_wacz` raises.
    """
    try:
        import bagit
        from rocrate.rocrate import ROCrate  # noqa: F401 - looked for before anything is written
    except ImportError as error:
        raise ClusterArchiveError(
            f"A bag needs bagit and rocrate ({error}): pip install 'cluster-archive[deposit]'."
        ) from error
    refuse_existing(target, force)
    with writing(f"The bag {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{target.name}.tmp-", dir=target.parent))
        try:
            folder.chmod(0o755)
            package = folder / f"{contents.name}.wacz"
            digest = write_wacz(contents, package, software=software, licence=licence, on_bytes=on_bytes)
            for packed in contents.files:
                if packed.path.startswith("dataset/"):
                    (folder / "dataset").mkdir(exist_ok=True)
                    shutil.copyfile(packed.source, folder / packed.path)
            (folder / "README.md").write_text(_readme(contents, package.name, licence), encoding="utf-8")
            crate = describe(contents, folder, package.name, digest, software, licence)
            (folder / "ro-crate-metadata.json").write_text(
                json.dumps(crate, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            bagit.make_bag(str(folder), _bag_info(contents, software, now), checksums=["sha256", "sha512"])
            if target.exists():
                old = folder.with_name(folder.name + "-old")
                target.rename(old)
                folder.rename(target)
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            else:
                folder.rename(target)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)


def describe(
    contents: Contents, folder: Path, package: str, digest: str, software: str, licence: str | None
) -> dict[str, Any]:
    """The RO-Crate 1.2 metadata of the files in a folder, with W3C PROV: a crawl is an activity that generated the
    archive, and the dataset was derived from the archive's records."""
    from rocrate.model.contextentity import ContextEntity
    from rocrate.model.person import Person
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.2")
    crate.metadata.extra_contexts.append({"prov": PROV})
    crate.name, crate.description = contents.title, description(contents) + ("" if licence else f" {NO_LICENCE}")
    crate.datePublished = contents.created
    if licence is not None:
        crate.license = licence
    program = crate.add(
        ContextEntity(
            crate,
            "#cluster_archive",
            {"@type": "SoftwareApplication", "name": "cluster_archive", "version": software.rpartition(" ")[2]},
        )
    )
    kind, contact = _contact(contents.info)
    agents = [
        crate.add(Person(crate, "#operator", {"name": name, **({kind: contact} if contact else {})}))
        for name in [contents.info.get("operator") or contact]
        if name
    ]
    archive = crate.add_file(dest_path=package, properties=_about_archive(folder / package, digest))
    for path in sorted((folder / "dataset").glob("*")):
        crate.add_file(dest_path=f"dataset/{path.name}", properties=_about_file(path, package))
    crate.add_file(dest_path="README.md", properties={"name": "What this is", "encodingFormat": "text/markdown"})
    for report in contents.runs:
        action = crate.add(ContextEntity(crate, f"#run-{report.get('run')}", _about_run(report, contents, package)))
        action["instrument"] = program
        if agents:
            action["agent"] = agents
    if agents:
        crate.creator = agents
    archive["prov:wasGeneratedBy"] = [
        {"@id": f"#run-{report.get('run')}"} for report in contents.runs if report.get("verb") == "crawl"
    ]
    made: dict[str, Any] = crate.metadata.generate()
    return made


def _about_archive(path: Path, digest: str) -> dict[str, Any]:
    return {
        "@type": ["File", "prov:Entity"],
        "name": "The archive: WARC files, their index, pages and reports (WACZ 1.1.1)",
        "encodingFormat": "application/wacz",
        "contentSize": str(path.stat().st_size),
        "sha256": digest,
    }


def _about_file(path: Path, package: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": path.name,
        "contentSize": str(path.stat().st_size),
        "sha256": sha256_of(path),
        "encodingFormat": {".jsonl": "application/jsonl", ".json": "application/json", ".sql": "application/sql"}.get(
            path.suffix, "application/octet-stream"
        ),
    }
    if path.name == "articles.jsonl":
        told |= {
            "@type": ["File", "prov:Entity"],
            "name": "The dataset: one article a line",
            "description": "Each line was derived from the WARC record that its `warc` names: file, offset, record id.",
            "prov:wasDerivedFrom": {"@id": package},
        }
    return told


def _about_run(report: dict[str, Any], contents: Contents, package: str) -> dict[str, Any]:
    is_crawl = report.get("verb") == "crawl"
    return {
        "@type": ["CreateAction", "prov:Activity"],
        "name": f"{'Crawl' if is_crawl else 'Extraction'} {report.get('run')}",
        "description": str(report.get("verdict", "")),
        "startTime": report.get("started"),
        "endTime": report.get("ended"),
        "object": {"@id": contents.home if is_crawl and contents.home else package},
        "result": [{"@id": package}] if is_crawl else [{"@id": "dataset/articles.jsonl"}],
    }


def _contact(info: Mapping[str, str]) -> tuple[str, str]:
    """What the crawl's contact is, ``email`` or ``url``, and its value without ``mailto:``; empty where there is none."""
    contact = info.get("contact", "").removeprefix("mailto:")
    return ("email" if "@" in contact and "://" not in contact else "url"), contact


def _bag_info(contents: Contents, software: str, now: datetime) -> dict[str, str]:
    kind, contact = _contact(contents.info)
    told = {
        "Bagging-Date": f"{now:%Y-%m-%d}",
        "Bag-Software-Agent": software,
        "External-Identifier": contents.name,
        "External-Description": description(contents),
        "Source-Organization": contents.info.get("operator", ""),
        "Contact-Email" if kind == "email" else "Contact-Name": contact,
    }
    return {name: value for name, value in told.items() if value}


def _readme(contents: Contents, package: str, licence: str | None) -> str:
    return f"""# {contents.title}

{description(contents)}

- `{package}`: the archive as one file (WACZ 1.1.1), with the WARC files in its folder `archive/`. ReplayWeb.page and pywb show its pages;
  `unzip` gives the files.
- `dataset/articles.jsonl`: one article a line; `dataset/schema.json` says what each key means. The `warc` of a line names the record that it
  was read from.
- `ro-crate-metadata.json`: this description for machines (RO-Crate 1.2, with W3C PROV).

Licence: {licence or NO_LICENCE}
"""
