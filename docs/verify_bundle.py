#!/usr/bin/env python3
"""Verify an export of the ledger, with nothing but Python's standard library.

    python3 verify_bundle.py DIR... [--key NAME+ID+KEY]... [--checkpoint KEPT]

It is written from ledger-format.md alone and shares no code with the ledger. It
checks the manifest, the canonical form and hash of every leaf, the root, the
signature, the sequence, every balance, limited accounts, references, reversals,
closes and the decisions behind rounds and payments: who took them by which grants,
and whether they were enough. Where the log has changed its
key, give the new one too: the newest must have signed. With a checkpoint that was
kept from an earlier time it checks that the export goes on from there. It prints
one line for each export, and for a bad one the first thing that is wrong; the exit
code is then 1.
"""
import argparse, base64, hashlib, json, os, re, stat, sys

KINDS = """- DONATION PROCESSING_FEE CLEARING BANK_GIFT STRIPE_PAYOUT STRIPE_PAYOUT_ARRIVED REFUND_STARTED
REFUND_CONFIRMED DISPUTE DISPUTE_WON STRIPE_TAKING ROUND_HOLD ROUND_AWARD ROUND_RELEASE EMERGENCY_GRANT
AWARD_CANCELLED ATTEMPT_SUBMITTED ATTEMPT_SETTLED ATTEMPT_FAILED ATTEMPT_RETURNED CASH_ADVANCE CASH_REST
CASH_LOST BANK_CHARGE RUNNING_COST INTEREST FX TRANSFER OPENING_BALANCE SUSPENSE SUSPENSE_CLEARED REVERSAL
FUND_RELEASE DEFICIT_COVERED""".split()
DECISIONS = """- STAFF GRANT_PROPOSED GRANT_CONFIRMED GRANT_REVOKED FREEZE FREEZE_LIFTED ENGAGEMENT POLICY_PROPOSED
POLICY_VERSION FAMILY_PROPOSED FAMILY_DECIDED ROUND_SNAPSHOT ROUND_COMMITTED PLAN_LOCKED PLAN_APPROVED PLAN_AUTHORIZED
PLAN_RELEASED PLAN_VOIDED PLAN_LOOKED FILE_FETCHED REFUSAL EMERGENCY_APPROVED EMERGENCY_REVIEWED READ_LOG_ROOT
PERIOD_CLOSED ADJUSTMENT_PROPOSED ADJUSTMENT_APPROVED SIGNING_KEY_ROTATED PERIOD_PROPOSED""".split()
ADJUSTED = ["ADJUSTMENT_PROPOSED", "ADJUSTMENT_APPROVED"]
ROLES = dict(enumerate("CASEWORKER VERIFIER APPROVER TREASURER PROTECTION_OFFICER AUDITOR OPERATOR".split(), 6))
CASE, MONEY, OFFICER = {"CASEWORKER", "VERIFIER"}, {"APPROVER", "TREASURER"}, {"PROTECTION_OFFICER"}
COLLEAGUES, DECIDERS = CASE | MONEY | OFFICER | {"OPERATOR"}, {"VERIFIER"} | OFFICER
TREASURER, APPROVER = {"TREASURER"}, {"APPROVER"}
NEEDS = {
    "STAFF": COLLEAGUES, "GRANT_PROPOSED": COLLEAGUES, "GRANT_CONFIRMED": COLLEAGUES, "GRANT_REVOKED": COLLEAGUES,
    "FREEZE": COLLEAGUES, "FREEZE_LIFTED": COLLEAGUES, "ENGAGEMENT": OFFICER, "POLICY_PROPOSED": TREASURER | OFFICER,
    "POLICY_VERSION": APPROVER | OFFICER, "FAMILY_PROPOSED": {"CASEWORKER"}, "FAMILY_DECIDED": DECIDERS,
    "ROUND_SNAPSHOT": TREASURER, "ROUND_COMMITTED": APPROVER, "PLAN_LOCKED": TREASURER, "PLAN_APPROVED": APPROVER,
    "PLAN_AUTHORIZED": TREASURER, "PLAN_RELEASED": TREASURER, "PLAN_VOIDED": COLLEAGUES, "PLAN_LOOKED": DECIDERS,
    "FILE_FETCHED": TREASURER, "REFUSAL": MONEY, "EMERGENCY_APPROVED": DECIDERS | TREASURER, "EMERGENCY_REVIEWED": OFFICER,
    "PERIOD_CLOSED": MONEY, "ADJUSTMENT_PROPOSED": TREASURER, "ADJUSTMENT_APPROVED": APPROVER,
    "PERIOD_PROPOSED": TREASURER}
OR_NOBODY = "STAFF GRANT_CONFIRMED FREEZE FREEZE_LIFTED PLAN_VOIDED".split()
OR_LAPSED, LAPSED_DAYS = "STAFF GRANT_PROPOSED GRANT_CONFIRMED".split(), 30
FREEZE_DAYS, REPEAT_DAYS, VOID_DAYS = 1, 7, 3
RESTED = "PLAN_APPROVED PLAN_RELEASED EMERGENCY_APPROVED ADJUSTMENT_APPROVED".split()
PRINTED, APPROVAL_DAYS, COUNTED_DAYS = [(200000, 2, 0), (0, 3, 3)], 7, 30
MOST = (1 << 63) - 1
DEFAULT = {"rows": PRINTED, "cash": MOST, "family": 30000, "month": 300000}
COUNTED, BY_ROW = "RUNNING_COST CASH_LOST EMERGENCY_GRANT".split(), "RUNNING_COST CASH_LOST".split()

SEG, CUR = "[a-z0-9][a-z0-9_-]{0,39}", "[A-Z]{3}"
ACCOUNT = re.compile(f"asset:stripe|asset:(bank|cash):{SEG}|fund:{SEG}:(available|clearing)|round:{SEG}:{SEG}"
                     f"|award:{SEG}|transit:{SEG}|deficit:{SEG}|suspense:{SEG}(:{SEG})?|fx:(?!(...):\\4){CUR}:{CUR}"
                     "|fx:gain_loss|equity:opening")
LIMITED = re.compile("(fund|round|award):.*|transit:(?!stripe-payout$).*")
REFERENCE = re.compile("[A-Za-z0-9][A-Za-z0-9._/:-]{0,159}")
NAME = re.compile("(?=[A-Za-z0-9])[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
SET_ASIDE = "ROUND_HOLD ROUND_AWARD ROUND_RELEASE EMERGENCY_GRANT AWARD_CANCELLED".split()
CREDITS = {"award": "ROUND_AWARD EMERGENCY_GRANT ATTEMPT_FAILED ATTEMPT_RETURNED", "round": "ROUND_HOLD"}
DEBITS = {"award": "ATTEMPT_SUBMITTED AWARD_CANCELLED FX", "round": "ROUND_AWARD ROUND_RELEASE"}


class Bad(Exception):
    pass


def need(ok, words):
    if not ok:
        raise Bad(words)


class Reader:
    """Reads the fields of one leaf."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(self.at + n <= len(self.data), "ends too early")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n, signed=False):
        return int.from_bytes(self.take(n), "big", signed=signed)

    def between(self, size, least, most):
        n = self.number(size)
        need(least <= n <= most, "has a number out of range")
        return n

    def one_of(self, names):
        n = self.number(1)
        need(0 < n < len(names), "has an unknown kind, side, type or version")
        return names[n]

    def text(self, pattern, most=255):
        try:
            s = self.take(self.number(1)).decode("ascii")
        except UnicodeDecodeError:
            raise Bad("has a text that is not ASCII")
        need(len(s) <= most and pattern.fullmatch(s), "has a text that is not of the form")
        return s

    def currency(self):
        s = self.take(3)
        need(re.fullmatch(CUR.encode(), s), "has a currency that is not of the form")
        return s.decode()

    def day(self):
        n = self.number(4)
        need(0 < n <= 2932896, "has a day out of range")
        return n

    def flag(self):
        n = self.number(1)
        need(n < 2, "has a flag that is neither 0 nor 1")
        return n == 1


def decode(data):
    r = Reader(data)
    r.one_of(["-", "version 1"])
    leaf = {"type": r.one_of(["-", "transaction", "decision", "close"])}
    leaf["ledger"], leaf["sequence"] = r.text(re.compile(SEG)), r.number(8)
    need(leaf["sequence"] < 1 << 63 and any(r.take(16)), "has a bad sequence or no random bytes")
    {"transaction": transaction, "decision": decision, "close": close}[leaf["type"]](r, leaf)
    need(r.at == len(data), "has bytes behind its last field")
    return leaf


def transaction(r, t):
    t["kind"], t["reference"], t["source"] = r.one_of(KINDS), r.text(REFERENCE), r.text(NAME, 200)
    t["occurred"], t["booked"] = r.day(), r.day()
    need(r.flag() == (t["kind"] == "REVERSAL"), "reverses something without being a REVERSAL, or the other way round")
    if t["kind"] == "REVERSAL":
        t["reverses"] = (r.number(8), r.text(REFERENCE))
        need(t["reverses"][0] < t["sequence"], "reverses what is not before it")
    if r.flag():
        need(r.currency() != r.currency(), "has a rate between one currency")
        need(0 < r.number(8) < 1 << 63 and r.number(1) <= 18, "has a bad rate")
        r.text(re.compile(SEG)), r.day()
    r.take(32)
    count = r.number(2)
    need(2 <= count <= 500, "has too few or too many entries")
    t["entries"] = []
    for _ in range(count):
        e = (r.text(ACCOUNT), r.currency(), r.one_of(["-", "DEBIT", "CREDIT"]), r.number(8), r.number(8, signed=True))
        need(0 < e[3] < 1 << 63, "has an amount out of range")
        t["entries"].append(e)


def decision(r, d):
    number = r.number(1)
    need(number, "has an unknown kind, side, type or version")
    d["kind"] = DECISIONS[number] if number < len(DECISIONS) else "unknown"
    d["reference"] = r.text(REFERENCE)
    empty = re.compile(f"|{NAME.pattern}")
    d["resource"], d["person"], d["day"] = r.text(empty, 200), r.text(empty, 64), r.day()
    d["commitment"] = r.take(32)
    length = r.number(2)
    need(length <= 32768, "has too long a content")
    d["content"] = content(Reader(r.take(length)), d["kind"])


def content(r, kind):
    """Reads what a decision says beside its commitment; a kind without layout says nothing."""
    if kind == "unknown":
        return None
    c = {}
    if kind == "STAFF":
        c = {"person": r.text(NAME, 64), "identity": r.take(32)}
        need(any(c["identity"]), "has no identity")
    elif kind in ("GRANT_PROPOSED", "GRANT_CONFIRMED"):
        c = {"subject": r.text(NAME, 64), "role": r.between(1, 1, 255), "from": r.day(), "until": r.day(), "rests": r.day()}
        need(c["from"] <= c["until"], "ends before it begins")
    elif kind == "GRANT_REVOKED":
        c = {"subject": r.text(NAME, 64), "role": r.between(1, 1, 255)}
    elif kind == "FREEZE":
        c = {"subject": r.text(NAME, 64), "until": r.day()}
    elif kind == "FREEZE_LIFTED":
        c = {"subject": r.text(NAME, 64), "until": r.between(4, 0, 2932896)}
    elif kind == "ENGAGEMENT":
        c = {"subject": r.text(NAME, 64), "from": r.day(), "until": r.day()}
        need(c["from"] <= c["until"], "ends before it begins")
    elif kind in ("POLICY_PROPOSED", "POLICY_VERSION"):
        c = {"effective": r.day(), "approval_days": r.between(2, 0, 365), "currencies": {}, "amounts": []}
        if not c["approval_days"]:  # of any other policy than that of hands
            for _ in range(r.between(1, 0, 32)):
                c["amounts"].append((r.currency(), r.between(8, 0, (1 << 63) - 1)))
                need(len(c["amounts"]) < 2 or c["amounts"][-2][0] < c["amounts"][-1][0], "has currencies that are not in order")
        for _ in range(r.between(1, 1, 32) if c["approval_days"] else 0):
            currency = r.currency()
            need(not c["currencies"] or currency > max(c["currencies"]), "has currencies that are not in order")
            hands = {name: r.between(8, 0, (1 << 63) - 1) for name in ("cash", "family", "month")}
            c["currencies"][currency], hands["rows"] = hands, []
            count, before = r.between(1, 1, 32), 0
            for i in range(count):
                row = (r.between(8, 0, (1 << 63) - 1), r.between(1, 2, 20), r.between(2, 0, 365))
                need(row[0] == 0 if i == count - 1 else row[0] > before, "has rows that are not in order")
                hands["rows"].append(row)
                before = row[0]
    elif kind == "PLAN_LOCKED":
        c = {"currency": r.currency(), "amount": r.between(8, 1, (1 << 63) - 1), "persons": r.between(1, 2, 20),
             "wait_days": r.between(2, 0, 365), "looks": r.number(2)}
    elif kind == "PLAN_VOIDED":
        c = {"reason": r.between(1, 1, 7)}
    elif kind == "EMERGENCY_APPROVED":
        c = {"currency": r.currency(), "amount": r.between(8, 1, (1 << 63) - 1)}
    need(r.at == len(r.data), "has a content with bytes behind its last field")
    return c


def close(r, c):
    c["reference"], c["first"], c["last"], c["day"] = r.text(REFERENCE), r.day(), r.day(), r.day()
    need(c["first"] <= c["last"] < c["day"], "has days that are not in order")
    c["proposer"], c["confirmer"] = r.text(NAME, 64), r.text(NAME, 64)
    need(c["proposer"] != c["confirmer"], "is proposed and confirmed by one person")
    c["figures"], classes = [], re.compile("asset|fund|round|award|transit|deficit|suspense|fx|equity")
    for _ in range(r.number(2)):
        c["figures"].append((r.text(classes), r.currency(), r.number(8, signed=True)))
    need(len(c["figures"]) <= 500 and all(f[2] for f in c["figures"]), "has too many figures, or zero")
    c["trial"] = (r.number(8), r.take(32))


NO_STOP = {"until": 0, "last": 0, "frozen": []}


class Staff:
    """Who is who and who holds which role, by the leaves so far."""

    def __init__(self):
        self.persons, self.identities, self.grants, self.held, self.stops, self.freezing = {}, {}, {}, {}, {}, {}
        self.founders, self.founded_at, self.granted = 0, 0, False

    def holds(self, person, day, rested=False):
        return {ROLES.get(g["role"], "?") for g in self.held.get(person, [])
                if not g["revoked"] and g["from"] <= day <= g["until"] and (not rested or g["rests"] <= day)}

    def grants_roles(self, person, day):
        """An officer's grant that has ended serves for granting alone for a time."""
        return any(ROLES.get(g["role"]) == "PROTECTION_OFFICER" and not g["revoked"]
                   and g["from"] <= day <= g["until"] + LAPSED_DAYS for g in self.held.get(person, []))

    def stands(self, d, day):
        """What somebody decided counts no more once they were frozen soon after it, or hold no role for it."""
        s = self.stops.get(d["person"], NO_STOP)
        first = next((on for at, on in s["frozen"] if at > d["sequence"]), None)
        return s["until"] < day and (first is None or first > d["day"] + VOID_DAYS) and bool(
            self.holds(d["person"], day) & NEEDS[d["kind"]])

    def may(self, d):
        kind, who, day = d["kind"], d["person"], d["day"]
        if not who:
            need(kind not in NEEDS or kind in OR_NOBODY, f"is a {kind} that nobody has taken")
            return
        if kind not in NEEDS:
            return
        need(self.stops.get(who, NO_STOP)["until"] < day, f"is by {who}, who was frozen")
        need(self.holds(who, day) & NEEDS[kind] or kind in OR_LAPSED and self.grants_roles(who, day), f"is by {who}, who held no role for a {kind} on that day")
        need(kind not in RESTED or self.holds(who, day, True) & NEEDS[kind], f"is by {who}, whose role still rests")

    def add(self, d):
        kind, c = d["kind"], d["content"]
        if kind == "STAFF":
            need(self.persons.setdefault(c["identity"], c["person"]) == c["person"]
                 and self.identities.setdefault(c["person"], c["identity"]) == c["identity"],
                 "binds a pseudonym or an identity that is bound already")
        elif kind == "GRANT_CONFIRMED" and not d["person"]:
            self.found(d, c)
        elif kind in ("GRANT_PROPOSED", "GRANT_CONFIRMED"):
            need(self.granted or self.founders != 1, "stands in a log that was founded by one officer alone")
            self.granted = True
            (self.propose if kind == "GRANT_PROPOSED" else self.confirm)(d, c)
        elif kind == "GRANT_REVOKED":
            self.granted = True
            self.revoke(d)
        elif kind == "FREEZE":
            self.freeze(d, c)
        elif kind == "FREEZE_LIFTED":
            self.thaw(d, c)

    def revoke(self, d):
        """An officer and any colleague take a grant back, or three of both desks; one a proposal."""
        g = self.grants.get(d["resource"])
        if not g:
            return
        if g["since"] is None:
            g["revoked"] = True
            return
        g["takers"].setdefault(d["person"], self.holds(d["person"], d["day"]))
        others = [roles for who, roles in g["takers"].items() if who != g["subject"]]
        if len(g["takers"]) > 1 and any(roles & OFFICER for roles in g["takers"].values()) or (
                len(others) > 2 and any(r & CASE for r in others) and any(r & MONEY for r in others)):
            g["revoked"] = True

    def freeze(self, d, c):
        """One person freezes alone for a day, nobody else meanwhile, and none who was frozen some days ago."""
        who, day, s = d["person"], d["day"], self.stops.setdefault(c["subject"], dict(NO_STOP, by=[], asked={}, frozen=[]))
        himself = who in ("", c["subject"])
        alone = c["until"] <= day + FREEZE_DAYS and (himself or self.freezing.get(who, 0) < day and (
            not s["last"] or s["last"] + REPEAT_DAYS < day))
        by = [who] if alone else self.agreed(d, s)
        if not by:
            return
        if alone and not himself:
            self.freezing[who] = c["until"]
        s["by"] = by if s["until"] < day else s["by"] + by
        s["until"] = max(s["until"], c["until"])
        s["last"] = max(s["last"], s["until"])
        s["frozen"].append((d["sequence"], day))

    def thaw(self, d, c):
        """Two lift a freeze, one of whom has not frozen; on its last day it ends by itself."""
        who, day, s = d["person"], d["day"], self.stops.setdefault(c["subject"], dict(NO_STOP, by=[], asked={}, frozen=[]))
        if not (who == "" and day >= s["until"]) and not self.agreed(d, s):
            return
        s["until"] = min(s["until"], max(c["until"], day - 1))
        for name in s["by"] if s["until"] < day else []:
            self.freezing[name] = min(self.freezing.get(name, 0), s["until"])

    def agreed(self, d, s):
        if d["person"] in ("", d["content"]["subject"]):
            return []
        by = s["asked"].setdefault((d["kind"], d["commitment"]), [])
        if d["person"] not in by:
            by.append(d["person"])
        if len(by) < 2 or s["until"] >= d["day"] and all(name in s["by"] for name in by):
            return []
        return s["asked"].pop((d["kind"], d["commitment"]))

    def found(self, d, c):
        need(ROLES.get(c["role"]) == "PROTECTION_OFFICER", "gives a role that nobody has confirmed")
        need(not self.granted and self.founders < 3 and d["resource"] not in self.grants
             and (not self.founders or self.founded_at == d["sequence"] - 1), "founds a log that is founded already")
        self.apart(d["resource"], c)
        self.founders, self.founded_at = self.founders + 1, d["sequence"]
        g = dict(c, revoked=False, since=None, proposed=(d["commitment"], c), proposer=None, takers={})
        self.in_force(self.grants.setdefault(d["resource"], g), d["sequence"])

    def propose(self, d, c):
        need(d["person"] != c["subject"], "proposes a role by who gets it")
        need(d["resource"] not in self.grants, "proposes a grant that stands there already")
        self.grants[d["resource"]] = dict(
            c, revoked=False, since=None, proposed=(d["commitment"], c), proposer=d["person"],
            officer=self.grants_roles(d["person"], d["day"]), confirmed=([], []), takers={})

    def confirm(self, d, c):
        g = self.grants.get(d["resource"])
        need(g, "confirms a grant that nobody has proposed")
        need(g["proposed"] == (d["commitment"], c), "confirms another grant than was proposed")
        need(d["person"] not in (g["proposer"], c["subject"]), "is confirmed by who proposed it or who gets it")
        self.apart(d["resource"], c)
        if g["since"] is not None:
            return
        roles = self.holds(d["person"], d["day"])
        for desk, who in zip((CASE, MONEY), g["confirmed"]):
            if roles & desk and len(who) < 2 and d["person"] not in who:
                who.append(d["person"])
        if g["officer"] and self.grants_roles(d["person"], d["day"]) or any(a != b for a in g["confirmed"][0] for b in g["confirmed"][1]):
            self.in_force(g, d["sequence"])

    def in_force(self, g, sequence):
        g["since"] = sequence
        self.held.setdefault(g["subject"], []).append(g)

    def apart(self, name, c):
        """Nobody sits at both desks, or audits or operates beside another role."""
        for other in self.held.get(c["subject"], []):
            both = {ROLES.get(c["role"], "?"), ROLES.get(other["role"], "?")}
            need(other is self.grants.get(name) or other["revoked"] or other["from"] > c["until"] or c["from"] > other["until"]
                 or len(both) == 1 or not (both & {"AUDITOR", "OPERATOR"} or both & CASE and both & MONEY),
                 f"gives {c['subject']} a role that nobody may hold beside another one in force")


class Hands:
    """What was decided about money that leaves, and how much leaves."""

    def __init__(self, staff):
        self.staff, self.emergencies = staff, {}
        self.proposed, self.policies, self.leaving, self.plans, self.costs, self.grants = {}, [], {}, {}, {}, {}
        self.today = 0  # the latest day of a decision so far

    def policy(self, day):
        return next((p for p in reversed(self.policies) if p["effective"] <= day), None)

    def hands(self, currency, day):
        policy = self.policy(day)
        return policy["currencies"].get(currency, DEFAULT) if policy else DEFAULT

    def within(self, sums, currency):
        return sum(sums.get((currency, d), 0) for d in range(self.today - COUNTED_DAYS + 1, self.today + 1))

    def row(self, currency, amount):
        total = amount + self.within(self.leaving, currency)
        return next(row[1:] for row in self.hands(currency, self.today)["rows"] if not row[0] or total <= row[0])

    def count(self, currency, day, amount):
        self.leaving[currency, day] = self.leaving.get((currency, day), 0) + amount

    def add(self, d):
        kind, who = d["kind"], d["person"]
        if not who and kind != "PLAN_VOIDED":
            return
        if kind in ("POLICY_PROPOSED", "POLICY_VERSION"):
            need(d["resource"].startswith("policies/hands/versions/") == bool(d["content"]["currencies"]),
                 "decides a policy with the content of another one")
        if kind == "POLICY_PROPOSED":
            self.proposed[d["resource"]] = d
        elif kind == "POLICY_VERSION":
            p = self.proposed.get(d["resource"])
            need(p and p["commitment"] == d["commitment"] and p["content"] == d["content"] and p["person"] != who,
                 "decides a policy that another person has not proposed with this content")
            need(d["content"]["effective"] > d["day"], "decides a policy that is in force on its day")
            if d["resource"].startswith("policies/hands/versions/"):
                self.policies.append(d["content"])
        elif kind.startswith("PLAN_"):
            self.plan(d)
        elif kind == "EMERGENCY_APPROVED":
            most = self.hands(d["content"]["currency"], d["day"])["family"]
            need(d["content"]["amount"] <= most, "approves more than a family may get in an emergency")
            e = self.grants.setdefault(d["resource"], {"given": {}, "approvals": []})
            if not e["approvals"]:
                e.update(content=d["content"], commitment=d["commitment"])
            if (e["content"], e["commitment"]) == (d["content"], d["commitment"]):
                e["approvals"].append(d)
        elif kind in ADJUSTED:
            c = self.costs.setdefault(d["resource"], {"proposal": None, "approvals": {}})
            c["day"] = d["day"]
            if kind == "ADJUSTMENT_PROPOSED":
                c.update(proposal=d, approvals={})
            elif c["proposal"] and c["proposal"]["commitment"] == d["commitment"]:
                c["approvals"][who] = d

    def by_two(self, name, day):
        """Two persons have approved an emergency grant, and were not stopped since."""
        return len({d["person"] for d in self.grants.get(name, {"approvals": []})["approvals"] if self.staff.stands(d, day)}) > 1

    def adjusted(self, name, persons, wait, does):
        """Those who decided about an adjustment, and were not stopped since, are enough."""
        c = self.costs.get(name, {"proposal": None, "approvals": {}})
        need(c["proposal"] and c["approvals"], f"{does} {name}, which was not proposed and approved")
        need(c["proposal"]["person"] not in c["approvals"], f"{does} {name}, where one person took both steps")
        need(self.staff.stands(c["proposal"], c["day"]), f"{does} {name}, whose proposer might do so no more")
        days = [d["day"] for d in c["approvals"].values() if self.staff.stands(d, c["day"])]
        need(days, f"{does} {name}, which was approved by nobody who still might")
        need(len(days) + 1 >= persons or wait and max(days) >= c["proposal"]["day"] + wait, f"{does} {name}, which needs {persons} persons")

    def forget(self, p):
        if p.get("lock"):  # what its payments took out counts in the place of its lock
            held = p["held"]
            self.count(held["currency"], held["day"], held["taken"] - p["lock"]["amount"])
            held["over"] = True
        kept, takings = p.get("paid", {}), p.get("takings", {})
        p.clear()
        p.update(paid=kept, takings=takings, lock=None, approvals={}, signed={}, looks=0, released=False,
                 why="was not locked, or was voided, before this", freed=p.get("freed"))

    def plan(self, d):
        kind, who, p = d["kind"], d["person"], self.plans.setdefault(d["resource"], {})
        if not p:
            self.forget(p)
        if kind == "PLAN_LOCKED":
            self.forget(p)
            c = d["content"]
            row = self.row(c["currency"], c["amount"])
            p.update(lock=c, commitment=d["commitment"], row=row, locked=d, why="was not released before this",
                     held={"currency": c["currency"], "day": self.today, "taken": 0, "over": False})
            self.count(c["currency"], self.today, c["amount"])
            need((c["persons"], c["wait_days"]) == row, f"says {c['persons']} persons, but needs {row[0]} for what leaves in 30 days")
            return
        if kind == "PLAN_VOIDED":
            p["freed"] = None
            if p.get("commitment") == d["commitment"]:
                self.forget(p)
            return
        if kind == "PLAN_RELEASED":  # with the grants whose approvals stand for its own
            p["freed"] = {name for name in self.grants if self.by_two(name, d["day"])}
        p.setdefault("commitment", d["commitment"])
        if p["commitment"] != d["commitment"]:
            return
        if kind == "PLAN_APPROVED":
            p["approvals"][who] = d
        elif kind == "PLAN_LOOKED":
            p["looks"] += 1
        else:
            p["signed"][who] = d
        if kind == "PLAN_RELEASED":
            try:
                self.enough(p, d["day"])
                p["released"] = True
            except Bad as e:
                p["why"] = str(e)

    def enough(self, p, day):
        need(p["lock"], "was released without a lock")
        policy = self.policy(day)
        days = policy["approval_days"] if policy else APPROVAL_DAYS
        need(p["locked"]["person"] not in p["approvals"], f"was approved by {p['locked']['person']}, who locked it")
        approvers = {who for who, d in p["approvals"].items() if d["day"] + days >= day and self.staff.stands(d, day)}
        need(approvers, "was released without an approval that still counts")
        persons, wait = p["row"]
        others = {d["person"] for d in [p["locked"], *p["signed"].values()] if self.staff.stands(d, day)}
        hands = len(approvers | others)
        need(hands >= persons or hands >= 2 and wait and day >= p["locked"]["day"] + wait, f"was released by fewer than {persons} persons")

    def pay(self, name, payment, sums, grants):
        p = self.plans.get(name) or {"released": False, "why": "was never locked", "freed": None, "lock": None}
        if grants:
            need(p["freed"] is not None, f"pays for {name}, which was not released before this")
            need(grants <= p["freed"], f"pays by {name} emergency grants whose approvals counted no more at its release")
        else:
            need(p["released"], f"pays for {name}, which {p['why']}")
            need(p["looks"] >= p["lock"]["looks"], f"pays for {name}, which needs more looks at families")
        if not p["lock"]:
            return
        need(not sums or list(sums) == [p["lock"]["currency"]], f"pays for {name} in another currency than it was locked in")
        amount = sum(sums.values())
        p["paid"][payment] = max(amount, p["paid"].get(payment, 0))
        taking = p["takings"].get(payment)
        if not taking or taking["of"] is not p["held"]:
            taking = p["takings"][payment] = {"of": p["held"], "amount": 0}
        taking["amount"] += amount
        p["held"]["taken"] += amount
        need(sum(p["paid"].values()) <= p["lock"]["amount"], f"pays more for {name} than it was locked with")

    def back(self, t):
        """What comes back of a payment no longer counts."""
        taking = self.plans.get(t["source"].split("/payments/")[0], {}).get("takings", {}).get(t["source"])
        for account, currency, side, amount, _ in t["entries"] if taking else ():
            held = taking["of"]
            if account.startswith("award:") and side == "CREDIT" and currency == held["currency"]:
                back = min(amount, taking["amount"])
                taking["amount"] -= back
                held["taken"] -= back
                if held["over"]:
                    self.count(currency, held["day"], -back)

    def spend(self, t):
        kind, sums = t["kind"], {}
        if kind not in COUNTED and kind != "CASH_ADVANCE":
            return
        for _, currency, side, amount, _ in t["entries"]:
            if side == "DEBIT":
                sums[currency] = min(sums.get(currency, 0) + amount, MOST)
        for currency, amount in sums.items():
            if kind == "EMERGENCY_GRANT":
                e = self.grants.setdefault(t["source"], {"given": {}, "approvals": []})
                e["given"][currency] = e["given"].get(currency, 0) + amount
                need(self.by_two(t["source"], self.today), f"gives {t['source']}, which two persons who still might have not approved with one content")
                need(all(c == e["content"]["currency"] and n <= e["content"]["amount"] for c, n in e["given"].items()),
                     f"gives more of {t['source']} than was approved")
                caps = self.hands(currency, self.today)
                need(e["given"][currency] <= caps["family"], f"gives more by {t['source']} than a family may get")
                self.emergencies[currency, self.today] = self.emergencies.get((currency, self.today), 0) + amount
                need(self.within(self.emergencies, currency) <= caps["month"], "gives more than is left for emergencies within 30 days")
            else:
                self.adjusted(t["source"], *(self.row(currency, amount) if kind in BY_ROW else (2, 0)), "spends by")
            if kind in COUNTED:
                self.count(currency, self.today, amount)
        for account, currency, _, _, balance in t["entries"] if kind == "CASH_ADVANCE" else ():
            if account.startswith("asset:cash:"):
                need(-balance <= self.hands(currency, self.today)["cash"], f"gives {account} more cash than is allowed")


class Books:
    """What the leaves so far add up to."""

    def __init__(self):
        self.staff, self.advanced = Staff(), {}
        self.hands = Hands(self.staff)
        self.balances, self.booked, self.references, self.mirrors, self.reversed = {}, {}, set(), {}, set()
        self.rounds, self.emergency, self.closed, self.ledger = {}, {}, 0, None
        self.closing, self.closers, self.awarded, self.new_key = {}, {}, set(), None

    def add(self, at, leaf):
        self.ledger = self.ledger or leaf["ledger"]
        need(leaf["sequence"] == at, f"says that it is entry {leaf['sequence']}")
        need(leaf["ledger"] == self.ledger, "belongs to another ledger")
        need(leaf["reference"] not in self.references, "has a reference that stands there already")
        self.references.add(leaf["reference"])
        getattr(self, leaf["type"])(leaf)

    def close(self, c):
        name = c["reference"].removesuffix("/close")
        proposed, closed = self.closing.get(name), self.closers.get(name)
        need(proposed and proposed["person"] == c["proposer"], "has no PERIOD_PROPOSED by who proposed it before it")
        need(self.staff.stands(proposed, c["day"]), f"is proposed by {c['proposer']}, who might do so no more")
        need(closed and closed["person"] == c["confirmer"] and closed["sequence"] > proposed["sequence"]
             and closed["commitment"] == proposed["commitment"], "has no PERIOD_CLOSED by who confirmed it before it")
        begin = self.closed + 1 if self.closed else min((key[0] for key in self.booked), default=c["first"])
        need(c["first"] == begin, "does not begin on the day after the close before it, or with the first booking")
        self.closed, balances, classes = c["last"], {}, {}
        for (day, account, currency), change in self.booked.items():
            if day <= self.closed:
                balances[account, currency] = balances.get((account, currency), 0) + change
        lines = [(*key, n) for key, n in sorted(balances.items()) if n]
        for account, currency, n in lines:
            key = (account.split(":")[0], currency)
            classes[key] = classes.get(key, 0) + n
        text = "".join(f"{account} {currency} {n}\n" for account, currency, n in lines)
        need(c["figures"] == [(*key, n) for key, n in sorted(classes.items()) if n]
             and c["trial"] == (len(lines), sha(text.encode())), "has figures that are not the balances")

    def decision(self, d):
        kind, who = d["kind"], d["person"]
        self.hands.today = max(self.hands.today, d["day"])
        if kind == "unknown":
            return
        self.staff.may(d)
        self.staff.add(d)
        self.hands.add(d)
        if kind == "SIGNING_KEY_ROTATED":
            self.new_key = d["commitment"]
        elif kind == "PERIOD_PROPOSED":
            self.closing[d["resource"]] = d
        elif kind == "PERIOD_CLOSED":
            self.closers[d["resource"]] = d
        elif kind == "ROUND_SNAPSHOT" and who:
            self.rounds.setdefault(d["resource"], {}).setdefault(d["commitment"], set()).add(who)
        elif kind == "ROUND_COMMITTED":
            takers = self.rounds.setdefault(d["resource"], {}).get(d["commitment"])
            if takers and who and who not in takers:
                self.rounds[d["resource"]]["committed"] = True

    def transaction(self, t):
        need(t["booked"] == max(t["occurred"], self.closed + 1 if self.closed else 0), "is booked on a wrong day")
        sums, awards, kind = {}, [], t["kind"]
        for account, currency, side, amount, balance in t["entries"]:
            change, top = (amount if side == "CREDIT" else -amount), account.split(":")[0]
            sums[currency] = sums.get(currency, 0) + change
            key = (account, currency)
            self.balances[key] = self.balances.get(key, 0) + change
            self.booked[t["booked"], *key] = self.booked.get((t["booked"], *key), 0) + change
            need(self.balances[key] == balance, f"says that {account} has {balance}, not {self.balances[key]}")
            may = (CREDITS if side == "CREDIT" else DEBITS).get(top)
            need(kind == "REVERSAL" or may is None or kind in may.split(), f"may not move {account}")
            need(kind not in SET_ASIDE or top in ("fund", "round", "award"), f"may not move {account}")
            need(kind != "DEFICIT_COVERED" or (side == "DEBIT" and account.startswith("fund:operations:")
                 or side == "CREDIT" and top == "deficit" and balance <= 0), f"may not move {account}")
            if top == "award" and side == "DEBIT":
                awards.append(key)
            if kind == "EMERGENCY_GRANT" and side == "CREDIT":
                self.emergency.setdefault(key, set()).add(t["source"])
            if kind == "ROUND_AWARD" and side == "CREDIT":
                self.awarded.add(key)
            if top == "round" and kind in ("ROUND_HOLD", "ROUND_AWARD"):
                name = "allocationRounds/" + account.split(":")[1]
                need("committed" in self.rounds.get(name, {}), f"moves {name}, which nobody else has committed")
        need(not any(sums.values()), "does not balance")
        for account, currency, side, _, _ in t["entries"]:
            need(side == "CREDIT" or self.balances[account, currency] >= 0 or not LIMITED.fullmatch(account),
                 f"leaves {account} below zero")
        if kind == "ATTEMPT_SUBMITTED" or kind == "FX" and awards:
            emergency = all(a in self.emergency and a not in self.awarded for a in awards)
            self.paid(t, set().union(*(self.emergency[a] for a in awards)) if emergency else set())
        if kind in ("OPENING_BALANCE", "TRANSFER", "RUNNING_COST", "SUSPENSE_CLEARED", "CASH_ADVANCE", "CASH_REST", "CASH_LOST"):
            self.adjusted(t)
        if kind in ("ATTEMPT_FAILED", "ATTEMPT_RETURNED"):
            self.hands.back(t)
        self.hands.spend(t)
        self.covered(t, kind)
        self.mirrors[t["sequence"]] = (t["reference"], kind, [e[:4] for e in t["entries"]])
        if kind == "REVERSAL":
            self.reversal(t)

    def paid(self, t, grants):
        source, sums = re.fullmatch("(paymentPlans/[^/]+)/payments/[^/]+", t["source"]), {}
        need(source, "has a source that is not a payment of a plan")
        taken = [e for e in t["entries"] if e[2] == "DEBIT" and e[0].split(":")[0] not in ("asset", "transit", "fx")]
        for _, currency, _, amount, _ in taken:
            sums[currency] = min(sums.get(currency, 0) + amount, MOST)
        self.hands.pay(source[1], t["source"], sums, grants if all(e[0].startswith("award:") for e in taken) else set())

    def covered(self, t, kind):
        """A covering needs a deficit that fees have made."""
        if kind == "REVERSAL":
            kind = self.mirrors.get(t["reverses"][0], (None, None))[1]
        for account, currency, side, amount, _ in t["entries"]:
            if account.startswith("deficit:") and (kind, side) in (
                    ("PROCESSING_FEE", "DEBIT"), ("PROCESSING_FEE", "CREDIT"), ("DEFICIT_COVERED", "CREDIT")):
                key = (account, currency)
                self.advanced[key] = self.advanced.get(key, 0) + (amount if side == "DEBIT" else -amount)
                need(kind != "DEFICIT_COVERED" or self.advanced[key] >= 0, f"covers more of {account} than fees have made")

    def adjusted(self, t):
        need(t["reference"] == t["source"], "has a reference that is not the adjustment, its source")
        self.hands.adjusted(t["source"], 2, 0, "books")

    def reversal(self, t):
        at, reference = t["reverses"]
        original = self.mirrors.get(at)
        need(original and original[0] == reference and original[1] != "REVERSAL" and at not in self.reversed,
             "reverses what is not there, is a reversal, or is reversed already")
        other = {"DEBIT": "CREDIT", "CREDIT": "DEBIT"}
        need([(a, c, other[s], n) for a, c, s, n in original[2]] == [e[:4] for e in t["entries"]], "is not a mirror")
        self.reversed.add(at)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tree_hash(hashes):
    """RFC 6962, section 2.1, over leaf hashes."""
    if not hashes:
        return sha()
    while len(hashes) > 1:  # an odd one at the end moves up as it is
        pairs = [sha(b"\x01", *hashes[i:i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0]


# Ed25519 verification, RFC 8032, section 5.1.7; points as X, Y, Z and T with x = X/Z,
# y = Y/Z and xy = T/Z, so that only the end divides.
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def recover(y, sign):
    need(y < P, "the signature is not one")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0 and (x or not sign), "the signature is not one")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plus(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    k, l, m, n = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2), 2 * t1 * t2 * D, 2 * z1 * z2
    e, f, g, h = l - k, n - m, n + m, l + k
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = plus(total, point)
        point, n = plus(point, point), n >> 1
    return total


def point_of(b):
    n = int.from_bytes(b, "little")
    return recover(n & (1 << 255) - 1, n >> 255)


def ed25519(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    need(len(signature) == 64 and s < Q, "the signature is not one")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    base = recover(4 * pow(5, -1, P) % P, 0)
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, base), plus(point_of(signature[:32]), times(k, point_of(public)))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def parse_note(note):
    """Takes a checkpoint apart: origin, size, root, the text that is signed and the signatures."""
    body, _, lines = note.decode().rpartition("\n\n")
    match = re.fullmatch(r"([!-*,-~]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)", body)
    need(match and lines.endswith("\n"), "the checkpoint is not one")
    origin, size, root = match.groups()
    need(base64.b64encode(base64.b64decode(root)).decode() == root and int(size) < 1 << 63, "the checkpoint is not one")
    signatures = []
    for line in lines[:-1].split("\n"):
        fields = line.split(" ")
        need(len(fields) == 3 and fields[0] == "\u2014", "the checkpoint has a line that is no signature")
        signatures.append((fields[1], base64.b64decode(fields[2], validate=True)))
    return origin, int(size), root, (body + "\n").encode(), signatures


def signers(note, vkeys):
    """The keys that have signed a checkpoint; none of the others may have tried."""
    origin, _, _, body, signatures = parse_note(note)
    found = set()
    for vkey in vkeys:
        name, key_id, public = vkey.split("+", 2)
        public = base64.b64decode(public, validate=True)
        need(len(public) == 33 and public[0] == 1 and sha(name.encode(), b"\n", public)[:4].hex() == key_id, "the key is not one")
        need(origin == name, "the checkpoint is of another log than the key")
        for signer, signature in signatures:
            if signer == name and signature[:4].hex() == key_id:
                need(ed25519(public[1:], body, signature[4:]), "the signature is wrong")
                found.add(vkey)
    need(found, "the checkpoint is not signed by the key")
    return found


def index_path(n):
    path = f"{n % 1000:03d}"
    while n := n // 1000:
        path = f"x{n % 1000:03d}/{path}"
    return path


def tiles(size):
    """The tiles of a log: kind or level, index, width."""
    counts, n = [("entries", size)], size
    while n:
        counts.append((len(counts) - 1, n))
        n //= 256
    for level, n in counts:
        for i in range(0, n, 256):
            width = min(256, n - i)
            yield level, f"tile/{level}/{index_path(i // 256)}" + (f".p/{width}" if width < 256 else ""), width


def read_file(path, most):
    info = os.stat(path)
    need(stat.S_ISREG(info.st_mode) and info.st_size <= most, "a file is none, or too long")
    with open(path, "rb") as f:
        return f.read(most)


def same_json(value, text):
    """Whether a text is just how an export writes a value."""
    escaped = json.dumps(value, indent=1, ensure_ascii=False)
    for c in "<>&":
        escaped = escaped.replace(c, f"\\u{ord(c):04x}")
    return (escaped + "\n").encode() == text


def verify(folder, vkeys, kept):
    def read(path, most=256 * (2 + 65535)):
        return read_file(os.path.join(folder, *path.split("/")), most)

    text = read("manifest.json", 1 << 28)
    manifest = json.loads(text)
    need(isinstance(manifest, dict) and list(manifest) == ["format", "origin", "size", "files"]
         and manifest["format"] == "solidarity-ledger-bundle/1" and type(manifest["size"]) is int
         and all(type(f["bytes"]) is int for f in manifest["files"]) and same_json(manifest, text),
         "the manifest has another format")
    files = {f["path"]: f for f in manifest["files"]}

    def listed(path, data=None):
        data = read(path) if data is None else data
        need(files.get(path) == {"path": path, "bytes": len(data), "sha256": sha(data).hex()},
             f"{path} is not the file that the manifest lists")
        return data

    note = listed("checkpoint")
    origin, size, root, _, _ = parse_note(note)
    need((manifest["origin"], manifest["size"]) == (origin, size), "the manifest is about another checkpoint")
    need([f["path"] for f in manifest["files"]] == ["checkpoint", *(path for _, path, _ in tiles(size))],
         "the manifest lists other files, or in another order")
    signed = signers(note, vkeys) if vkeys else set()
    if kept:
        kept_origin, kept_size, kept_root, _, _ = parse_note(kept)
        need(kept_origin == origin, "the kept checkpoint is of another log")
        need(kept_size <= size, f"rolled back: the kept checkpoint has {kept_size} leaves, this one {size}")
        if vkeys:
            signers(kept, vkeys)
    books, hashes, at, above = Books(), [], 0, []
    for level, path, width in tiles(size):
        if level == "entries":
            whole = data = read(path)
            stored = read(path.replace("entries", "0"))
            for i in range(width):
                body = data[2:2 + int.from_bytes(data[:2], "big")]
                data = data[2 + len(body):]
                hashes.append(sha(b"\x00", body))
                try:
                    need(stored[32 * i:32 * i + 32] in (b"", hashes[-1]), "is not the leaf whose hash is in the tree")
                    books.add(at, decode(body))
                except Bad as e:
                    raise Bad(f"entry {at} {e}")
                at += 1
            need(not data, f"{path} has bytes behind its last leaf")
            listed(path, whole)
            continue
        data = listed(path)
        if path.startswith(f"tile/{level}/000"):  # a level begins
            above = [tree_hash(above[i:i + 256]) for i in range(0, len(above) // 256 * 256, 256)] if level else hashes
        number = "".join(x.strip("x") for x in path.split(".p/")[0].split("/")[2:])
        need(data == b"".join(above[int(number) * 256:][:width]), f"{path} is not made from the leaves")
    need(base64.b64encode(tree_hash(hashes)).decode() == root, "the leaves do not make the root of the checkpoint")
    need(not kept or base64.b64encode(tree_hash(hashes[:kept_size])).decode() == kept_root,
         "history was rewritten: the leaves do not make the root of the kept checkpoint")
    need(not vkeys or not books.new_key or books.new_key in [sha(v.encode()) for v in signed],
         "the newest key of the log has not signed the checkpoint, or was not given")
    return origin, size, len(books.balances)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="DIR")
    parser.add_argument("--key", action="append", default=[],
                        help="verifier key of the log, and each to which it has changed; without one no signature is checked")
    parser.add_argument("--checkpoint", help="signed checkpoint that you kept from an earlier time")
    args, code = parser.parse_args(), 0
    kept = args.checkpoint and read_file(args.checkpoint, 1 << 20)
    for folder in args.folders:
        try:
            origin, size, accounts = verify(folder, args.key, kept)
            unsigned = "" if args.key else ", signature not checked"
            print(f"right: {size} entries of {origin}, {accounts} accounts{unsigned}")
        except (Bad, OSError, ValueError, KeyError, TypeError, RecursionError) as e:
            print("wrong:", "".join(c if " " <= c <= "~" else "?" for c in str(e)))
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
