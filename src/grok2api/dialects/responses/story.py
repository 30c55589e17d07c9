"""Tells the output items of a stream in the order that clients count on, however upstream tells them.

What upstream forgot is told for it: an item or a part that was not opened, a text without its end, a web
search without its steps. Searches on X are left out. Must never decode a delta, and never hold back
what can be told now.
Source: Open Responses streaming; captured xAI streams (xai-api.md §3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from grok2api.dialects.base import Heard
from grok2api.dialects.responses.calls import Calls
from grok2api.dialects.responses.eventlog import EventLog
from grok2api.dialects.responses.free_form import InputReader
from grok2api.dialects.responses.hearing import Hearing
from grok2api.dialects.responses.items import (
    JsonObject,
    is_hidden,
    kind_of,
    opened_item,
    public_annotation,
    public_item,
    public_part,
    reasoning_texts,
    summary_part,
)
from grok2api.dialects.responses.outgoing import Outgoing
from grok2api.dialects.responses.progress import SUMMARY, TEXT, Item, Part
from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.splice import Members, Template, members, number
from grok2api.dialects.responses.tellings import DELTAS, SAID, SUMMED, TELLINGS, THOUGHT, Telling
from grok2api.kit.sse import Frame

SEARCH_STEPS = (
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
)
_HIDDEN_EVENTS = (b"response.custom_tool_call_input.", b"response.x_search_call.")

_encode = msgspec.json.Encoder().encode
_split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Story:
    """The items of one stream."""

    def __init__(self, sealer: Sealer, outgoing: Outgoing, log: EventLog) -> None:
        self._sealer = sealer
        self._outgoing = outgoing
        self._log = log
        self._calls = Calls(log)
        self._places: dict[int, Item] = {}
        self._tokens: dict[bytes, Item] = {}
        self._template: Template | None = None
        self._hearing = Hearing()
        self._visible = 0
        self._output: dict[int, JsonObject] = {}

    @property
    def output(self) -> list[JsonObject]:
        """The items told to their end, in the client's order."""
        return [self._output[index] for index in sorted(self._output)]

    @property
    def heard(self) -> Heard:
        """What was told in deltas so far."""
        return self._hearing.heard

    def delta(self, kind: bytes, frame: Frame) -> None:
        """Tell a delta: its bytes travel, but for numbers and ids.

        Raises:
            ValueError: the data is not one object.
        """
        found = members(frame.data)
        telling = DELTAS.get(kind)
        match = found.get(b"item_id")
        token = match[2] if match is not None else b""
        item = self._find(number(found, b"output_index"), token)
        if item is None and telling is not None:
            item = self._announce(telling, number(found, b"output_index"), token)
        if item is None:
            if not kind.startswith(_HIDDEN_EVENTS):
                self._log.delta(kind, frame.data, found, {b"item_id": b'"item_id":""'} if token else {})
        elif item.hidden or item.done:
            return
        elif telling is not None:
            self._part_delta(item, telling, frame, found)
        elif item.reader is not None:
            self._hearing.begin(kind, frame.data)
            self._calls.input_delta(item, frame.data)
        elif not item.told:
            item.spoken = True
            self._write(kind, frame, found, dict(item.splices))

    def again(self, frame: Frame) -> bool:
        """Tell a delta that is like the one before; return whether it was one."""
        if self._template is None:
            return False
        text = self._log.again(self._template, frame)
        if text is None:
            return False
        self._hearing.more(text)
        return True

    def _part_delta(self, item: Item, telling: Telling, frame: Frame, found: Members) -> None:
        index = number(found, telling.old_index) or 0
        part = self._part(item, telling, index)
        if part is None or part.told:
            return
        part.spoken = True
        wanted = dict(item.splices)
        wanted[telling.old_index] = b'"%b":%d' % (telling.new_index, index)
        if telling.voice is TEXT:
            logprobs = found.get(b"logprobs")
            if logprobs is None or logprobs[2] == b"null":
                wanted[b"logprobs"] = b'"logprobs":[]'
        self._write(telling.kind, frame, found, wanted)

    def _write(self, kind: bytes, frame: Frame, found: Members, wanted: dict[bytes, bytes]) -> None:
        written = self._log.delta(kind, frame.data, found, wanted)
        self._hearing.begin(kind, frame.data)
        if self._template is None:
            self._template = Template.learn(frame.event, frame.data, kind, written)

    def pause(self) -> None:
        """Note that another event comes between the deltas: the next one may be of another part."""
        self._template = None

    def item_added(self, event: Mapping[str, Any]) -> None:
        """Tell that an item begins."""
        item, place = _object(event, "item"), _place(event)
        token = _token(item.get("id"))
        known = self._tokens.get(token) if place is None else self._places.get(place)
        if known is None or (token and known.token and token != known.token):
            self._open(item, place)

    def item_done(self, event: Mapping[str, Any]) -> None:
        """Tell that an item is finished, and before that what was not told of it."""
        item, place = _object(event, "item"), _place(event)
        token = _token(item.get("id"))
        known = self._find(place, token)
        if known is not None and known.done:
            another = token and token != known.token
            elsewhere = place is not None and place not in self._places
            known = None if another or elsewhere else known
        self._finish(known or self._open(item, place), item)

    def finish(self, output: object) -> None:
        """Tell what is in upstream's final output and was not told yet."""
        for place, item in enumerate(output if isinstance(output, list) else ()):
            if not isinstance(item, dict):
                continue
            known, at_place = self._tokens.get(_token(item.get("id"))), self._places.get(place)
            if known is None and at_place is not None and at_place.told_as == kind_of(item):
                known = at_place
            self._finish(known or self._open(item, place), item)

    def part_opened(self, event: Mapping[str, Any]) -> None:
        """Tell that a part begins."""
        telling = TELLINGS.get(kind_of(_object(event, "part")))
        item = self._told_item(event, telling)
        if item is not None and telling is not None:
            self._part(item, telling, _index(event, telling))

    def part_closed(self, event: Mapping[str, Any]) -> None:
        """Tell that a part is finished."""
        part = _object(event, "part")
        telling = TELLINGS.get(kind_of(part))
        item = self._told_item(event, telling)
        if item is not None and telling is not None:
            full = summary_part(_string(part, "text")) if telling.voice is SUMMARY else public_part(part)
            self._close(item, telling, _index(event, telling), full)

    def part_told(self, kind: str, event: Mapping[str, Any]) -> None:
        """Tell the whole text of a part."""
        telling = TELLINGS[kind.removesuffix(".done")]
        item = self._told_item(event, telling)
        if item is None:
            return
        index = _index(event, telling)
        part = self._part(item, telling, index)
        if part is not None and not part.told:
            self._tell(item, part, index, _string(event, telling.voice.text), event.get("logprobs"))

    def annotated(self, event: Mapping[str, Any]) -> None:
        """Tell an annotation of a text."""
        item = self._told_item(event, SAID)
        if item is None:
            return
        index = _index(event, SAID)
        part = self._part(item, SAID, index)
        if part is not None:
            self._annotate(item, part, index, _object(event, "annotation"))

    def arguments_told(self, event: Mapping[str, Any]) -> None:
        """Tell the whole arguments of a function call."""
        item = self._told_item(event, None)
        if item is not None and isinstance(event.get("arguments"), str):
            item.name = item.name or _string(event, "name")
            self._calls.arguments_told(item, event["arguments"])

    def searched(self, kind: str, event: Mapping[str, Any]) -> None:
        """Tell how far a web search is."""
        item = self._told_item(event, None)
        if item is not None:
            self._search(item, SEARCH_STEPS.index(kind) + 1)

    def passed(self, kind: str, data: bytes) -> None:
        """Hand on an event that is not known here, with its number, its place and its item's public id."""
        fields: dict[str, Any] = _split(data)
        for own in ("type", "sequence_number"):
            fields.pop(own, None)
        place, name = (_decoded(fields.get(key)) for key in ("output_index", "item_id"))
        item = self._find(place if isinstance(place, int) else None, _token(name))
        if item is None:
            if kind.encode().startswith(_HIDDEN_EVENTS):
                return
            fields.pop("item_id", None)
        elif item.hidden:
            return
        else:
            fields |= item.where
        self._log.event(kind, fields)

    def _find(self, place: int | None, token: bytes) -> Item | None:
        """Return the item at a place, or by its name where the place holds another."""
        at_place = self._places.get(place) if place is not None else None
        if at_place is not None and (not token or not at_place.token or at_place.token == token):
            return at_place
        return self._tokens.get(token) or at_place

    def _told_item(self, event: Mapping[str, Any], telling: Telling | None) -> Item | None:
        """Return the item that an event speaks of, while the client may still hear of it."""
        place, token = _place(event), _token(event.get("item_id"))
        item = self._find(place, token)
        if item is None and telling is not None:
            item = self._announce(telling, place, token)
        return None if item is None or item.hidden or item.done else item

    def _announce(self, telling: Telling, place: int | None, token: bytes) -> Item:
        """Open an item that upstream began to tell without opening it."""
        name = msgspec.json.decode(token) if token.startswith(b'"') else None
        kind = "reasoning" if telling.voice is SUMMARY else "message"
        return self._open({"type": kind, "id": name}, place)

    def _open(self, item: Mapping[str, Any], place: int | None) -> Item:
        place = len(self._places) if place is None else place
        hidden, name, told_as = is_hidden(item), item.get("id"), kind_of(item)
        shown = item if hidden else self._outgoing.item(item)
        kind = kind_of(shown)
        known = Item(
            kind=kind,
            told_as=told_as,
            token=_token(name),
            public_id="" if hidden else self._sealer.item(kind, name, place),
            index=-1 if hidden else self._visible,
            name=_string(shown, "name"),
            reader=InputReader() if kind != told_as else None,
        )
        self._places[place] = known
        if known.token:
            self._tokens[known.token] = known
        if not hidden:
            self._visible += 1
            self._log.event(
                "response.output_item.added",
                {"output_index": known.index, "item": opened_item(shown, known.public_id)},
            )
        return known

    def _finish(self, known: Item, item: Mapping[str, Any]) -> None:
        if known.done or known.hidden:
            return
        item = self._outgoing.item(item)
        if kind_of(item) != known.kind:
            item = {**item, "type": known.kind}
        public = public_item(item, known.public_id)
        if known.kind == "message":
            self._finish_message(known, public)
        elif known.kind == "reasoning":
            texts = reasoning_texts(item, known.source or "summary")
            public["summary"] = [summary_part(text) for text in texts]
            for index, part in enumerate(public["summary"]):
                self._close(known, THOUGHT if known.source == "content" else SUMMED, index, part)
        elif known.kind == "function_call":
            known.name = public["name"]
            self._calls.arguments_told(known, public["arguments"] if item.get("arguments") else "")
        elif known.reader is not None:
            public["input"] = self._calls.input_told(known, public["input"])
        elif known.kind == "web_search_call":
            self._search(known, len(SEARCH_STEPS) - (public["status"] == "failed"))
        self._log.event("response.output_item.done", {"output_index": known.index, "item": public})
        self._output[known.index] = public
        known.done = True

    def _finish_message(self, known: Item, public: JsonObject) -> None:
        for index, part in enumerate(public["content"]):
            telling = TELLINGS.get(kind_of(part))
            if telling is not None:
                self._close(known, telling, index, part)

    def _part(self, item: Item, telling: Telling, index: int) -> Part | None:
        """Return a part, opened if it was not; None if this item is told from another source."""
        if telling.source:
            item.source = item.source or telling.source
            if item.source != telling.source:
                return None
        part = item.parts.get(index)
        if part is None:
            voice = telling.voice
            part = item.parts[index] = Part(voice)
            self._log.event(
                voice.opened,
                {
                    "item_id": item.public_id,
                    "output_index": item.index,
                    voice.index: index,
                    "part": voice.blank,
                },
            )
        return part

    def _close(self, item: Item, telling: Telling, index: int, full: JsonObject) -> None:
        part = self._part(item, telling, index)
        if part is None or part.closed:
            return
        voice = part.voice
        if not part.told:
            text = _string(full, voice.text)
            self._speak(item, part, index, text)
            for annotation in full.get("annotations", [])[part.annotations :]:
                self._annotate(item, part, index, annotation)
            self._tell(item, part, index, text, full.get("logprobs"))
        self._log.event(voice.closed, {**item.where, voice.index: index, "part": full})
        part.closed = True

    def _speak(self, item: Item, part: Part, index: int, text: str) -> None:
        """Tell a text of which no delta came."""
        voice = part.voice
        if text and not part.spoken:
            where = {**item.where, voice.index: index}
            self._log.event(voice.delta, {**where, "delta": text, **voice.extras})
            part.spoken = True

    def _tell(self, item: Item, part: Part, index: int, text: str, logprobs: object) -> None:
        voice = part.voice
        self._speak(item, part, index, text)
        extras = {"logprobs": logprobs or []} if voice is TEXT else {}
        self._log.event(voice.told, {**item.where, voice.index: index, voice.text: text, **extras})
        part.spoken = part.told = True

    def _annotate(self, item: Item, part: Part, index: int, annotation: Mapping[str, Any]) -> None:
        self._log.event(
            "response.output_text.annotation.added",
            {
                **item.where,
                "content_index": index,
                "annotation_index": part.annotations,
                "annotation": public_annotation(annotation),
            },
        )
        part.annotations += 1

    def _search(self, item: Item, steps: int) -> None:
        for step in SEARCH_STEPS[item.steps : steps]:
            self._log.event(step, item.where)
        item.steps = max(item.steps, steps)


def _token(name: object) -> bytes:
    return _encode(name) if isinstance(name, str) and name else b""


def _place(event: Mapping[str, Any]) -> int | None:
    place = event.get("output_index")
    return place if isinstance(place, int) and not isinstance(place, bool) else None


def _index(event: Mapping[str, Any], telling: Telling) -> int:
    index = event.get(telling.numbered_by)
    return index if isinstance(index, int) and not isinstance(index, bool) else 0


def _string(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _decoded(raw: msgspec.Raw | None) -> object:
    return None if raw is None else msgspec.json.decode(raw)


def _object(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a member that must be an object.

    Raises:
        ValueError: it is none.
    """
    value = event.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"an event without '{name}'")
    return value
