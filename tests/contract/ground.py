"""A service of its own for the fuzzer: the real program over a small demo city, with everybody let in by the real doors."""

import base64
import hmac
import os
import re
import signal
import socket
import struct
import subprocess
import time
import uuid
from pathlib import Path

import requests

PASSWORD = "demo-machimori"
# A public key that every library knows: the base point of P-256.
PHONE_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li"
    "_hp_m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q"
)


class Service:
    """`machimori serve --demo` in a folder that is thrown away; what it says is kept in `log`."""

    def __init__(self, program: str, folder: Path, people: int):
        self.folder = folder
        # The database child gives its rights up when started as root and must still reach its files.
        folder.chmod(0o755)
        self.log = folder / "service.log"
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        environment |= {"MACHIMORI_VAR": str(folder / "var"), "MACHIMORI_LOG": "warn"}
        (folder / "var").mkdir(mode=0o755)
        subprocess.run(
            [program, "demo", "--people", str(people)],
            env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % probe.getsockname()[1]
        self.url = f"http://{address}"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                # Believing a proxy on this machine lets each request come from an address of its own, as in a city.
                [program, "serve", "--demo", "--listen", address, "--trusted-proxies", "127.0.0.1"],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        self._wait()

    def _wait(self):
        for _ in range(1200):
            if self.child.poll() is not None:
                break
            said = self.said()
            link = re.search(r"/field/#i=(\S+)", said)
            try:
                if link and requests.get(f"{self.url}/readyz", timeout=5).ok:
                    self.invite = link[1]
                    self.secrets = dict(re.findall(r"^  (\w+) +\w+ +TOTP (\w+)$", said, re.M))
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.1)
        self.stop()
        raise SystemExit(f"the service did not get ready:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def errors(self) -> list[str]:
        """What it had to confess while it was asked: faults of its own and tasks that failed."""
        return [line for line in self.said().splitlines() if '"level":"ERROR"' in line]

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()


def totp(secret: str) -> str:
    """The six digits of this half-minute (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return "%06d" % ((int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000)


class Caller:
    """Somebody who asks; `cookie` is what the door gave."""

    def __init__(self, service: Service, cookie: str = ""):
        self.service, self.cookie = service, cookie

    def send(self, method: str, path: str, body=None, *, expect=(200, 201, 202, 204)):
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": self.cookie}
        # Whole bytes are a file.
        kind = {"data": body} if isinstance(body, bytes) else {"json": body}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        answer = requests.request(method, f"{self.service.url}/api/v1{path}", headers=headers, timeout=60, **kind)
        if answer.status_code not in expect:
            raise SystemExit(f"the ground: {method} {path} answered {answer.status_code}: {answer.text}")
        if given := answer.headers.get("Set-Cookie"):
            self.cookie = given.split(";")[0]
        return answer.json() if answer.content else None

    def post(self, path: str, **body):
        return self.send("POST", path, body)

    def items(self, path: str) -> list[dict]:
        return self.send("GET", path)["items"]


def log_in(service: Service, login: str) -> Caller:
    caller = Caller(service)
    caller.post("/session", login=login, password=PASSWORD, totp=totp(service.secrets[login]))
    return caller


def enrol(service: Service, token: str) -> Caller:
    caller = Caller(service)
    caller.post("/field/redeem", token=token, public_key=PHONE_KEY, label="試験の電話")
    return caller


def new() -> str:
    return str(uuid.uuid4())


def lay(service: Service) -> dict[str, Caller]:
    """Something of everything that an operation may be about; answers who asks, by name."""
    hq, second, lead = (log_in(service, name) for name in ("hq1", "hq2", "lead"))
    admin, planner, auditor = (log_in(service, name) for name in ("admin", "planner", "auditor"))
    volunteer = enrol(service, service.invite)
    districts = [d["id"] for d in lead.items("/districts")]
    # A disaster to work in and one to spare, for whatever ends things.
    for name in ("働く災害", "終わる災害"):
        event, round_, activation = new(), new(), new()
        hq.post("/events", id=event, kind="disaster", name=name, hazards=["flood"])
        hq.post(f"/events/{event}/rounds", id=round_, kind="safety", name="第1回", districts=districts)
        hq.post("/activations", id=activation, event_id=event, districts=districts, hours=24,
                reason="浸水の恐れがあり、命を守るため特に必要である")
        second.post(f"/activations/{activation}/confirm")
        members = hq.items(f"/rounds/{round_}/members")[:6]
        for member, outcome in zip(members, ["needs_rescue", "safe", "needs_rescue", "injured_minor", "no_answer"]):
            said = {"id": new(), "attempt": "phone"} | ({} if outcome == "no_answer" else {"outcome": outcome})
            hq.post(f"/rounds/{round_}/members/{member['id']}/observations", **said)
        hq.post(f"/rounds/{round_}/sheets", id=new(), district_id=districts[0], recipient_name="校区の 会長")
        for person in [m["person_id"] for m in members if m.get("person_id")][:3]:
            hq.post(f"/events/{event}/victims", id=new(), person_id=person)
    hq.send("POST", "/imports?kind=sites&file_name=x.csv", "名称,緯度,経度\n試験の広場,34.78,135.46\n".encode())
    planner.post("/coverage/snapshot", id=new())
    # Log-ins to disable and sessions to end: never those of who asks.
    admin.post("/accounts", id=new(), login="spare", name="予備", role="planner", password="murasaki-densha-kitsune-41")
    return {"hq_staff": hq, "lead": lead, "volunteer": volunteer, "admin": admin, "planner": planner, "auditor": auditor,
            "nobody": Caller(service)}

