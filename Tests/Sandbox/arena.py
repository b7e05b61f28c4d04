"""Attacks with any layers, started by root and by an ordinary user."""

import os
from dataclasses import dataclass

import pytest

import wire
from corpus import Scene
from ground import Ground

ORDINARY_USER = 54321
OPTIONAL = ("cgroup", "slot_uid")  # put on where they can be had
STANDARD = ("seccomp", "landlock", "limits", "hygiene")
STRICT = ("seccomp", "landlock", "namespaces", "limits", "hygiene")


@dataclass(frozen=True)
class Verdict:
    through: bool
    words: str


class Start:
    """A zygote that a user has started, and what its workers can aim at."""

    def __init__(self, programs, hosting, name, uid):
        self.programs, self.hosting, self.name, self.uid = programs, hosting, name, uid
        self.user = None if uid == os.geteuid() else uid
        self.ground = Ground(programs, uid)
        self.zygote = self.new_zygote()
        self.layers, self.missing = self.zygote.hello()
        self.verdicts = {}  # by attack and layers

    def new_zygote(self):
        return wire.Zygote(self.programs.worker, user=self.user, environment=self.ground.environment, stdout=self.ground.stdout)

    def unconfined(self):
        return wire.Unconfined(self.programs.unconfined, self.programs.plugin, user=self.user, environment=self.ground.environment,
                               stdout=self.ground.stdout, inherited=[self.ground.printed])

    def level(self, least):
        """The layers of a level; none where it cannot be had here."""
        if not set(least) <= set(self.layers):
            return None
        return wire.layers(*least, *(name for name in OPTIONAL if name in self.layers))

    def verdict_on(self, attack, mask):
        key = attack.order, attack.title, mask
        if key not in self.verdicts:
            self.verdicts[key] = self.attack(attack, mask)
        return self.verdicts[key]

    # ---- one attack

    def control(self, attack):
        """Whether the attack has its effect where nothing is taken away."""
        attacker, host = self.unconfined(), self.unconfined()
        victim = self.unconfined() if attack.needs_victim else None
        try:
            return self.perform(attack, attacker, victim, host, attack.control or attack.judge)
        finally:
            for process in (attacker, host, *([victim] if victim else [])):
                process.close()

    def attack(self, attack, mask):
        zygote = self.new_zygote() if attack.ends_zygote else self.zygote
        attacker, victim = self.worker(zygote, mask), None
        try:
            victim = self.worker(zygote, mask) if attack.needs_victim else None
            return self.perform(attack, attacker, victim, zygote, attack.judge)
        finally:
            attacker.close()
            if victim:
                victim.close()
            if attack.ends_zygote:
                zygote.close()

    def attack_while_loading(self, attack, mask):
        """The same out of a constructor, which runs before the second filter."""
        attacker, victim = self.zygote.spawn(mask), None
        try:
            victim = self.worker(self.zygote, mask) if attack.needs_victim else None
            scene = self.scene(attacker, victim, self.zygote)
            loaded = attacker.load(self.programs.attacking_while_loading(f"{attack.order} {attack.aim(scene)}"))
            return self.verdict(attack.judge, scene, attacker.answer("report") if is_ready(loaded) else None)
        finally:
            attacker.close()
            if victim:
                victim.close()

    def worker(self, zygote, mask):
        worker = zygote.spawn(mask)
        loaded = worker.load(self.programs.image)
        if not is_ready(loaded):
            worker.close()
            raise AssertionError(f"a worker with layers {mask:#x} does not load its plugin: {loaded}")
        return worker

    def scene(self, attacker, victim, host):
        address = victim.answer(f"keep-secret {self.ground.token}").split()[-1] if victim else ""
        return Scene(self.ground, attacker, victim, host, self.hosting, address)

    def perform(self, attack, attacker, victim, host, judge):
        scene = self.scene(attacker, victim, host)
        answer = attack.perform(scene, f"{attack.order} {attack.aim(scene)}".strip())
        return self.verdict(judge, scene, answer)

    @staticmethod
    def verdict(judge, scene, answer):
        words = answer or ("its process ended" if scene.attacker.is_over(0.2) else "it does not answer")
        return Verdict(bool(judge(scene, answer)), words)

    def close(self):
        self.zygote.close()
        self.ground.close()


def is_ready(answer):
    return isinstance(answer, wire.Frame) and answer.type == wire.READY


# Only root can be both.
POSSIBLE = {"root": 0, "an ordinary user": ORDINARY_USER} if os.geteuid() == 0 else {"an ordinary user": os.geteuid()}


def starts(programs):
    hosting = wire.Hosting(programs.hosting)
    return [Start(programs, hosting, name, uid) for name, uid in POSSIBLE.items()]


def descriptors_of(worker):
    if os.geteuid() != 0:
        pytest.skip("only root may look at the descriptors of a process that is not dumpable")
    return {int(name): os.readlink(f"/proc/{worker.pid}/fd/{name}") for name in os.listdir(f"/proc/{worker.pid}/fd")}
