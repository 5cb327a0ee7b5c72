"""Asks every operation of the contract as several people would, with what nobody thought of: no fault, no answer that is not written
down. `./dev fuzz [FILTER]`; FILTER is a pattern of operation ids."""

import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import ground

HERE = Path(__file__).parent
CONTRACT = HERE.parent.parent / "web/src/api/openapi.json"
PEOPLE_OF_THE_CITY = 300

# Who asks what, how thoroughly. Whoever is refused at most doors is refused before anything else is read: a few tries do.
A_FEW = ["--phases", "fuzzing", "--max-examples"]
WHO = [
    ("nobody", [*A_FEW, "2"]),
    ("volunteer", [*A_FEW, "2"]),
    ("lead", [*A_FEW, "4"]),
    ("hq_staff", [*A_FEW, "4"]),
    ("admin", [*A_FEW, "4", "--include-tag", "accounts"]),
    ("planner", [*A_FEW, "4", "--include-tag", "coverage"]),
]


def ask(service, name: str, cookie: str, args: list[str]) -> tuple[int, int]:
    """Lets one person ask; how many operations passed and failed."""
    begun = time.monotonic()
    report = service.folder / f"{name}.xml"
    here = {"socket": str(service.folder / "var/postgres/run"), "cookie": cookie}
    asked = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", str(CONTRACT)]
    asked += ["--url", f"{service.url}/api/v1", "--report-junit-path", str(report), "--no-color", *args]
    ran = subprocess.run(
        asked,
        cwd=service.folder,
        env=os.environ | {"MACHIMORI_CONTRACT": json.dumps(here), "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    cases = list(xml.parse(report).iter("testcase")) if report.exists() else []
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    if ran.returncode and not failed:
        failed = 1
    if failed:
        print("\n".join(line for line in ran.stdout.splitlines() if line.strip())[-20_000:])
    print("%-10s %4d operations, %d failed (%.0f s)" % (name, len(cases), failed, time.monotonic() - begun), flush=True)
    return len(cases) - failed if cases else 0, failed


def main(program: str, only: str) -> int:
    narrowed = ["--include-operation-id-regex", only] if only else []
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="machimori-contract-") as folder:
        service = ground.Service(program, Path(folder), PEOPLE_OF_THE_CITY)
        try:
            callers = ground.lay(service)
            for name, args in WHO:
                outcome = ask(service, name, callers[name].cookie, args + narrowed)
                passed, failed = passed + outcome[0], failed + outcome[1]
        finally:
            service.stop()
        errors = service.errors()
    if errors:
        print("the service confessed:", *errors[:20], sep="\n")
        failed += 1
    print(f"  {failed} failed" if failed else "", f"  {passed} passed ({len(WHO)} people)", sep="\n")
    return 1 if failed or not passed else 0


sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
