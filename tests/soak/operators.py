"""People who change something: operators with images of their own, approvers, administrators."""

import hashlib
import re
import threading
from collections.abc import Callable

from images.cache.models.image import Image
from images.operations.actions.staging import next_digest
from images.operations.enums import ActionKind
from tests.chaos.wishes import FILE, Wish, World
from tests.pages import form_of, forms_of
from tests.sandbox_process import SandboxProcess
from tests.soak.browsing import Surprise
from tests.soak.ledger import PARTNER, Noted
from tests.soak.people import Habit, Person, Stage

_TAG_KEYS = ("soak", "team", "stage", "Größe", "owner")


class Stock:
    """Images that the operators may do anything with, made in the sandbox beforehand: nobody else touches them, so that
    each effect has one cause. `pks`: ID at IMS → number here, filled once the console shows them."""

    def __init__(self, sandbox: SandboxProcess, project: str, count: int) -> None:
        self._lock = threading.Lock()
        self.ids = sandbox.create_images(
            project, count=count, name="soak", status="active", virtual_env_type="FusionCompute", protected=False
        )
        self._left = list(self.ids)

    def are_here(self) -> bool:
        return Image.objects.filter(image_id__in=self.ids).count() == len(self.ids)

    def take(self, count: int) -> list["Own"]:
        with self._lock:
            taken, self._left = self._left[:count], self._left[count:]
        return [Own(image.image_id, image.pk) for image in Image.objects.filter(image_id__in=taken)]


class Own:
    """One image of somebody's: `uid` at IMS, `pk` here. `is_shared`: that was asked for. `is_source`: something is,
    or was, made from it, and would fail without it."""

    def __init__(self, uid: str, pk: int) -> None:
        self.uid = uid
        self.pk = pk
        self.is_shared = False
        self.is_source = False


class Operator(Person):
    def __init__(self, stage: Stage, user: str, seed: int, place: str, project: int, own: list[Own]) -> None:
        super().__init__(stage, user, seed, place)
        self.project = project
        self.own = own
        self._number = 0

    def habits(self) -> list[Habit]:
        return [
            *super().habits(),
            (5, self.edit_in_place), (5, self.tag_one), (4, self.tag_many), (2, self.protect), (2, self.copy),
            (2, self.delete), (2, self.create), (2, self.upload), (3, self.share), (1, self.export),
            (2, self.edit_many),
        ]  # fmt: skip

    # --- in place -----------------------------------------------------------------------------------------------------
    def edit_in_place(self) -> None:
        one = self._one()
        name = self._fresh("edited")
        page = self.browser.get(f"/images/{one.pk}/field/?name=name")
        form = form_of(page.text, f"/images/{one.pk}/field/", self.browser.here)
        key, _number, _page, doubt = self.send(form, form.filled(name=name))
        wish = Wish(ActionKind.EDIT, one.uid, name, {}, lambda world: world.value(one.uid, "name") == name)
        self._note(ActionKind.EDIT, key, [(wish, f"{one.uid} name")], doubt=doubt)
        self.browser.poll(f"/images/{one.pk}/field/now/?name=name&seen=")

    def tag_one(self) -> None:
        one = self._one()
        tag, value = self.rng.choice(_TAG_KEYS), self._fresh("v")[-20:]
        page = self.browser.get(f"/images/{one.pk}/tags/")
        held = dict(re.findall(r'name="old" value="([^"]*)">\s*<input[^>]*name="seen" value="([^"]*)"', page.text))
        if tag in held:
            page = self.browser.get(f"/images/{one.pk}/tags/?change={tag}")
        form = forms_of(page.text, self.browser.here)[-1]
        key, _number, _page, doubt = self.send(form, form.filled(tag_key=tag, tag_value=value))
        self._note(ActionKind.TAG, key, [self._tagged(one, tag, value)], doubt=doubt)

    # --- many ---------------------------------------------------------------------------------------------------------
    def tag_many(self) -> None:
        some = self.rng.sample(self.own, min(len(self.own), self.rng.randint(2, 12)))
        tag, value = self.rng.choice(_TAG_KEYS), self._fresh("m")[-20:]
        self._act("tag", some, {"do_1": "set", "key_1": tag, "value_1": value},
                  lambda one: self._tagged(one, tag, value))  # fmt: skip

    def edit_many(self) -> None:
        some = self.rng.sample(self.own, min(len(self.own), 3))
        text = self._fresh("description")
        self._act("edit", some, {"description": text}, lambda one: (
            Wish(ActionKind.EDIT, one.uid, "", {}, lambda world: world.value(one.uid, "__description") == text),
            f"{one.uid} description",
        ))  # fmt: skip

    def protect(self) -> None:
        """And back: what is protected could not be deleted."""
        one = self._one()
        for kind, value in ((ActionKind.PROTECT, True), (ActionKind.UNPROTECT, False)):
            ended = self._act(kind, [one], {}, lambda one, kind=kind, value=value: (
                Wish(kind, one.uid, "", {}, lambda world: world.value(one.uid, "protected") is value),
                f"{one.uid} protected",
            ), polls=60)  # fmt: skip
            if not ended:
                self.own.remove(one)
                return

    def copy(self) -> None:
        one, name = self._one(), self._fresh("copy")
        one.is_source = True
        self._act("copy", [one], {"name_pattern": name}, lambda one: (
            Wish(ActionKind.COPY, one.uid, "", {}, lambda world: world.names[name]), name,
        ))  # fmt: skip

    def export(self) -> None:
        one, name = self._one(), self._fresh("export")
        one.is_source = True
        address = f"ims-image:{name}.qcow2"
        typed = {"bucket": "ims-image", "file_pattern": f"{name}.qcow2", "file_format": "qcow2"}
        self._act("export", [one], typed, lambda one: (
            Wish(ActionKind.EXPORT, one.uid, "", {}, lambda world: address in world.objects), address,
        ))  # fmt: skip

    def share(self) -> None:
        one = self._one()
        if one.is_shared:
            return
        one.is_shared = True
        self._act("share", [one], {"recipient": PARTNER}, lambda one: (
            Wish(ActionKind.SHARE, one.uid, "", {}, lambda world: PARTNER in world.members.get(one.uid, ())),
            f"{one.uid} shared",
        ))  # fmt: skip

    def delete(self) -> None:
        able = [one for one in self.own if not (one.is_shared or one.is_source)]
        if len(able) < 12:
            return
        one = self.rng.choice(able)
        self.own.remove(one)
        self._act("delete", [one], {}, lambda one: (
            Wish(ActionKind.DELETE, one.uid, "", {}, lambda world: one.uid not in world.images), f"{one.uid} there",
        ))  # fmt: skip

    def _act(
        self,
        kind: str,
        some: list[Own],
        typed: dict[str, str],
        wish: Callable[[Own], tuple[Wish, str]],
        *,
        polls: int | None = None,
    ) -> bool:
        """Chooses, looks at the preview, confirms, follows; whether the end was seen. What another operation is still
        busy with cannot be had: the preview says so, with a link to it."""
        address = f"/images/act/{kind}/"
        chosen = "&".join(f"image={one.pk}" for one in some)
        page = self.browser.get(f"{address}?{chosen}")
        form = form_of(page.text, address, self.browser.here)
        if "key" not in dict(form.pairs):
            if re.search(r'class="act-reason".{0,600}?href="/operations/', page.text, re.DOTALL):
                self.stage.figures.count("found it busy")
                return False
            raise Surprise(f"{self.who} may not {kind} {[one.pk for one in some]}: {_reasons(page.text)}")
        self.pause(0.3)
        key, number, page_after, doubt = self.send(form, form.filled(**typed))
        self._note(ActionKind(kind), key, [wish(one) for one in some], number=number, doubt=doubt)
        return self.follow(page_after, self.rng.randint(0, 8) if polls is None else polls)

    # --- new ones -----------------------------------------------------------------------------------------------------
    def create(self) -> None:
        """From a file in OBS, or empty with the file registered afterwards; by the wizard, with its preview."""
        name = self._fresh("made")
        slug = self.rng.choice(["file", "register"])
        address = f"/images/create/?from={slug}"
        typed = {"project": str(self.project), "name": name, "image_url": FILE}
        form = form_of(self.browser.get(address).text, "/images/create/", address)
        typed |= {"min_disk": "40"} if slug == "file" else {}
        preview = self.browser.send(form, form.filled(**typed))
        sure = next(one for one in forms_of(preview.text, address) if any(name == "confirm" for name, _ in one.buttons))
        key, number, page, doubt = self.send(sure, [*sure.pairs, ("confirm", "1")])
        kind = ActionKind.CREATE if slug == "file" else ActionKind.REGISTER
        wish = Wish(kind, "", name, {}, lambda world: world.filled(name))
        self._note(kind, key, [(wish, name)], number=number, doubt=doubt)
        self.follow(page, self.rng.randint(0, 6))

    def upload(self) -> None:
        """In pieces with their digests, as js/making.js sends them."""
        name = self._fresh("uploaded")
        address = "/images/create/?from=upload"
        form = form_of(self.browser.get(address).text, "/images/create/", address)
        answer = self.browser.send(form, form.filled(project=str(self.project), name=name, disk_format="raw"))
        file = self.rng.randbytes(self.rng.randint(100_000, 400_000))
        number = self._send_file(answer.text, file)
        wish = Wish(ActionKind.UPLOAD, "", name, {}, lambda world: world.filled(name))
        self._note(ActionKind.UPLOAD, "", [(wish, name)], number=number)

    def _send_file(self, page: str, file: bytes) -> int:
        announce = re.search(r'data-announce="([^"]+)" data-file="([^"]+)"', page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if announce is None or token is None:
            raise Surprise(f"{self.who}: no page for a file: {page[:300]}")
        headers = {"X-CSRFToken": token[1], "Origin": self.stage.url}
        ends = {"head": ("head", file[:65536]), "tail": ("tail", file[-65536:])}
        said = {"name": "disk.raw", "size": str(len(file))}
        here = self._told(self.browser.bare("POST", announce[1], data=said, files=ends, headers=headers))
        while not here["next"]:
            self.pause(0.1)
            offset, chunk = here["received"], here["chunk"]
            piece = file[offset : offset + chunk]
            digest = next_digest(here["digest"], hashlib.sha256(piece).digest())
            told = headers | {"Upload-Digest": digest, "Content-Type": "application/octet-stream"}
            here = self._told(self.browser.bare("PUT", f"{announce[2]}?offset={offset}", data=piece, headers=told))
        return int(re.findall(r"\d+", here["operation"])[0])

    def _told(self, answer) -> dict:  # type: ignore[no-untyped-def,type-arg]
        """409 says how far it is, which is what is needed after a lost answer."""
        if answer.status_code not in (200, 409):
            raise Surprise(f"{self.who}: a piece was answered with {answer.status_code} {answer.text[:300]}")
        return dict(answer.json())

    # --- means --------------------------------------------------------------------------------------------------------
    def _one(self) -> Own:
        return self.rng.choice(self.own)

    def _fresh(self, what: str) -> str:
        self._number += 1
        return f"soak-{what}-{self.who.replace('@', '-')}-{self._number}-{self.rng.randrange(10**6)}"

    def _tagged(self, one: Own, tag: str, value: str) -> tuple[Wish, str]:
        def effects(world: World) -> int:
            return (world.value(one.uid, "tags") or []).count(f"{tag}={value}")

        return Wish(ActionKind.TAG, one.uid, value, {"key": tag}, effects), f"{one.uid} tag {tag}"

    def _note(
        self, kind: ActionKind, key: str, wishes: list[tuple[Wish, str]], *, number: int = 0, doubt: bool = False
    ) -> None:
        self.stage.ledger.note(Noted(kind, self.who, key, number, wishes, doubt))


class Approver(Person):
    """Votes on what others share; the second vote of two decides."""

    def habits(self) -> list[Habit]:
        return [*super().habits(), (8, self.vote), (2, self.say)]

    def vote(self) -> None:
        number = self._open_share()
        if not number or self.who in self.stage.ledger.votes.get(number, set()):
            return
        address = f"/sharing/in/{number}/vote/{self.rng.choice(['approve', 'approve', 'approve', 'reject'])}/"
        page = self.browser.get(address)
        form = form_of(page.text, address, address)
        answer = self.browser.send(form, form.filled(comment="looked at it, as one does"), allowed=(409,))
        if answer.status_code == 200 or self.browser.lost:
            self.stage.ledger.voted(number, self.who)

    def say(self) -> None:
        number = self._open_share()
        if number:
            page = self.browser.get(f"/sharing/in/{number}/")
            form = form_of(page.text, f"/sharing/in/{number}/say/", self.browser.here)
            self.browser.send(form, form.filled(text=f"a remark of {self.who}"))

    def _open_share(self) -> int:
        text = self.browser.get("/sharing/in/").text
        found = sorted({int(one) for one in re.findall(r'href="/sharing/in/(\d+)/', text)})
        return self.rng.choice(found) if found else 0


class Administrator(Person):
    """Keeps the address book, people and teams, and has a project read again."""

    def habits(self) -> list[Habit]:
        return [
            *super().habits(),
            (4, self.look_over),
            (2, self.add_a_partner),
            (1, self.add_a_person),
            (1, self.synchronise),
        ]

    def look_over(self) -> None:
        self.browser.get(
            self.rng.choice(["/people/", "/teams/", "/clouds/", "/audit/?page=2", "/operations/?show=all", "/readyz"])
        )

    def add_a_partner(self) -> None:
        address = "/sharing/partners/add/"
        form = form_of(self.browser.get(address).text, address, address)
        named = f"Partner {self.rng.randrange(10**9)}"
        self.browser.send(form, form.filled(project_id=f"{self.rng.randrange(16**32):032x}", name=named))

    def add_a_person(self) -> None:
        address = "/people/add/"
        form = form_of(self.browser.get(address).text, address, address)
        user = f"new-{self.rng.randrange(10**9)}"
        names = {one.name for one in form.controls}
        typed = {"username": user, "email": f"{user}@example.org"}
        self.browser.send(form, form.filled(**{name: value for name, value in typed.items() if name in names}))

    def synchronise(self) -> None:
        page = self.browser.get("/clouds/")
        forms = [form for form in forms_of(page.text, "/clouds/") if form.action == "/clouds/sync/"]
        if forms:
            self.browser.send(self.rng.choice(forms))


def _reasons(page: str) -> str:
    return " | ".join(re.findall(r'class="act-reason">([^<]+)', page))
