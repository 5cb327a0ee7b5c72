"""What the fuzzer cannot know: ids of records that are there and words that are not blank, so that requests get past "not found" and
"wrong" into the handlers."""

import hashlib
import json
import os
import subprocess
import uuid

import schemathesis

GROUND = json.loads(os.environ["MACHIMORI_CONTRACT"])

# Records by the name of a parameter or field, or by the first part of a path whose parameter is `id`.
RECORDS = {
    "accounts": "select id from account where login = 'spare'",
    "activations": "select id from activation",
    "body_id": "select id from drill_body",
    "cards": "select id from card",
    "consent_id": "select id from consent",
    "desks": "select id from desk",
    # Never the phone that asks.
    "devices": "select id from device where id not in (select device_id from session where device_id is not null)",
    "district_id": "select id from district",
    "drills": "select event_id from drill",
    "escalations": "select id from escalation",
    "evacuee_id": "select id from evacuee",
    "event_id": "select id from event",
    "facilities": "select id from facility",
    "hand-overs": "select id from hand_over",
    "imports": "select id from import_batch",
    "mail-bounces": "select id from mail_bounce",
    "member-links": "select id from member_link",
    "member_id": "select id from round_member",
    "person_id": "select id from person",
    "plan_id": "select id from evacuation_plan",
    "provisions": "select id from victim_provision",
    "quarantine": "select id from sync_item",
    "prints": "select id from print_copy",
    "round-bindings": "select id from round_binding",
    "round-starts": "select id from sync_item",
    "round_id": "select id from safety_round",
    "scenario": "select id from coverage_scenario",
    "serial": "select serial from print_copy",
    "site_id": "select id from site",
    "slip_id": "select id from rescue_slip",
    "supporter_id": "select id from plan_supporter",
    "venue_id": "select id from venue",
    "victim-batches": "select id from victim_batch",
    "victims": "select id from victim_entry",
    "volunteer_id": "select id from volunteer",
    "corrects": "select id from observation",
    # What ends things ends these.
    "spare_event": "select id from event where name = '終わる災害'",
    "spare_round": "select r.id from safety_round r join event e on e.id = r.event_id where e.name = '終わる災害'",
}
SAME = {
    "district": "district_id", "districts": "district_id", "districts[]": "district_id", "event": "event_id", "events": "event_id",
    "round": "round_id", "rounds": "round_id", "to_round_id": "round_id", "against": "event_id", "compare_with": "event_id",
    "site": "site_id", "shelter_id": "site_id", "destination_site_id": "site_id", "close": "site_id", "venue": "venue_id",
    "volunteer": "volunteer_id", "volunteers": "volunteer_id", "volunteer_ids": "volunteer_id", "party_id": "volunteer_id",
    "members": "member_id", "to_member_id": "member_id", "rescues": "member_id", "people": "person_id", "subject": "person_id",
    "evacuees": "evacuee_id", "entry_ids": "victims", "protected_ids": "victims", "with": "victims", "closes": "corrects",
    "scenarios": "scenario", "roster": "prints",
}
ENDS = {"end_event": "spare_event", "close_round": "spare_round", "decide_drill": "spare_event"}

known: dict[str, list[str]] = {}
asking = {"about": None, "count": 0}


def look_again():
    """All the ids there are now, a few of each."""
    parts = [f"select '{name}' as kind, x::text from (select * from ({sql}) s order by 1 limit 40) t(x)" for name, sql in RECORDS.items()]
    asked = ["psql", "-XAtq", "-F", "\t", "-h", GROUND["socket"], "-U", "machimori_super", "-d", "machimori"]
    rows = subprocess.run([*asked, "-c", " union all ".join(parts)], check=True, capture_output=True, text=True).stdout
    known.clear()
    for row in rows.splitlines():
        kind, value = row.split("\t")
        known.setdefault(kind, []).append(value)


def is_id(value) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(uuid.UUID(value))
    except ValueError:
        return False


def dice(*words) -> int:
    """The same in every run."""
    return int.from_bytes(hashlib.sha256(f"{asking['about']} {asking['count']} {words}".encode()).digest()[:4])


def real(kind: str, value):
    """In three of four cases a record that is there; which one, the value itself decides."""
    kind = SAME.get(kind, kind)
    found = known.get(kind)
    thrown = dice(kind, value)
    return value if not found or thrown % 4 == 0 else found[thrown // 4 % len(found)]


def in_body(name: str, value):
    if isinstance(value, dict):
        return {k: in_body(k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_body(name, v) for v in value]
    if value == "" and dice(name, value) % 4:
        return "浸水の恐れがあり、確かめた"
    return real(name, value) if is_id(value) and name != "id" else value


def in_query(name: str, value):
    return real(name, value) if is_id(value) else value


def in_path(case, name: str, value):
    if name == "serial":
        return real("serial", value) if str(value).isdigit() else value
    if not is_id(str(value)):
        return value
    steps = case.path.strip("/").split("/")
    at = steps.index("{%s}" % name) if "{%s}" % name in steps else 1
    kind = name if name != "id" else steps[at - 1]
    if ends := ENDS.get(case.operation.definition.raw.get("operationId")):
        kind = ends
    return real(kind, str(value))


@schemathesis.hook
def before_call(context, case, kwargs):
    if asking["about"] != case.operation.label:
        asking["about"] = case.operation.label
        look_again()
    asking["count"] += 1
    if case.path_parameters:
        case.path_parameters = {k: in_path(case, k, v) for k, v in case.path_parameters.items()}
    if case.query:
        case.query = {k: in_query(k, v) for k, v in case.query.items()}
    if isinstance(case.body, (dict, list)):
        case.body = in_body("", case.body)
    headers = case.headers
    # Each request from an address of its own, so that wrong tries of one are not counted against the next.
    headers["X-Forwarded-For"] = "10.%d.%d.%d" % (asking["count"] >> 16 & 255, asking["count"] >> 8 & 255, asking["count"] & 255)
    headers["Sec-Fetch-Site"] = "same-origin"
    # Whoever asks goes on asking: the session that is ended is nobody's.
    ends = case.operation.definition.raw.get("operationId") == "log_out"
    headers["Cookie"] = "__Host-machimori-staff=ended" if ends else GROUND["cookie"]


@schemathesis.hook
def before_load_schema(context, schema):
    """The fuzzer misreads `prefixItems`: a row of mixed values is told to it as a list of them."""
    if isinstance(schema, dict):
        if rows := schema.pop("prefixItems", None):
            schema |= {"items": {"anyOf": rows}, "minItems": len(rows), "maxItems": len(rows)}
        for value in schema.values():
            before_load_schema(context, value)
    elif isinstance(schema, list):
        for value in schema:
            before_load_schema(context, value)
