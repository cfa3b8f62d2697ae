"""Who rides what, and who goes with whom."""

from __future__ import annotations

from agent.rulebook.performing import RIDDEN, TRAVEL, can
from agent.rulebook.reading_state import TARGETED
from agent.rulebook.reading_things import ThingReader
from agent.rulebook.story import Deed, article


class RideReader(ThingReader):
    """Companions, mounts and vehicles of a clause."""

    def _can_ride(self, ids: list[str], prep: str) -> bool:
        subject = self._cast.members[ids[0]].subject
        aboard = len(ids) == 1 and subject in RIDDEN and prep != "with"
        return aboard and bool(self._subject) and ids[0] not in self._subject

    def _boards(self, ids: list[str]) -> bool:
        """ "A cat in a balloon" is in it before anything is told of it."""
        rideable = self._cast.members[ids[0]].subject in RIDDEN and len(ids) == 1
        return rideable and bool(self._pending) and ids[0] not in self._pending

    def _ride(self, ids: list[str]) -> None:
        """Riders travel with what carries them, at its pace."""
        riders = [deed.who for deed in self._deeds] or self._subject
        for deed in [d for d in self._beat.deeds if d.who in riders and d.verb in TRAVEL | {"stand"}]:
            self._beat.deeds.remove(deed)
        kept = [who for who in riders if who not in ids]
        self._deeds = self._board(kept, ids[0])
        self._mode = ""

    def _board(self, riders: list[str], mount: str) -> list[Deed]:
        """The deeds of a ride: the mount's way, and each rider's seat."""
        mounted = self._cast.members[mount]
        deeds = [self._add_deed(mount, RIDDEN.get(mounted.subject, "walk"))]
        for who in riders:
            deeds.append(self._add_deed(who, "ride", together=True))
            deeds[-1].target = mount
            one = self._cast.members[who]
            if not can(one.subject, "ride"):
                asked = f"{article(one.words)} in or on {article(mounted.words)}"
                self._notes.add(asked, "both travel side by side", f"a {one.subject} cannot ride here")
        self._cast.together([*riders, mount])
        return deeds

    def _accompany(self, ids: list[str]) -> None:
        last = self._deeds[-1]
        if last.verb in TARGETED and not last.target:
            last.target = ids[0]
            self._add_present(ids)
        elif last.verb in TRAVEL | {"jump", "spin", "sleep", "stand", "bounce"}:
            for who in ids:
                self._add_deed(who, last.verb, together=True)
        else:
            self._add_present(ids)
        self._cast.together([last.who, *ids])
