"""A JSON request body that is looked at, not owned.

Translating a request starts, at every attempt, from the client's own bytes. So the body is split
once into its top-level fields, each kept as the bytes that the client sent; a field is decoded only
when somebody asks for it, and an edit replaces whole fields. A body that nobody edited is handed on
byte for byte. Must never change in place: an edit gives a new body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from grok2api.errors import InvalidRequest

NULL = msgspec.Raw(b"null")
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Body:
    """The fields of one JSON object, undecoded."""

    __slots__ = ("_fields", "_raw")

    def __init__(self, fields: dict[str, msgspec.Raw], raw: bytes | None = None) -> None:
        self._fields = fields
        self._raw = raw

    @classmethod
    def parse(cls, raw: bytes) -> Body:
        """Split `raw` into its fields.

        Raises:
            InvalidRequest: `invalid_json`, when it is not one JSON object in UTF-8.
        """
        try:
            if not raw.isascii():
                raw.decode()
            return cls(_decode_fields(raw), raw)
        except UnicodeDecodeError as error:
            raise InvalidRequest(
                f"The request body is not valid UTF-8 (byte {error.start}).", code="invalid_json"
            ) from None
        except RecursionError:
            raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
        except msgspec.ValidationError:
            raise InvalidRequest("The request body must be a JSON object.", code="invalid_json") from None
        except msgspec.DecodeError as error:
            raise InvalidRequest(
                f"The request body is not valid JSON: {error}.", code="invalid_json"
            ) from None

    @property
    def fields(self) -> Mapping[str, msgspec.Raw]:
        """All fields, undecoded; one that is null equals `NULL`. Not to be changed."""
        return self._fields

    def __contains__(self, name: str) -> bool:
        value = self._fields.get(name)
        return value is not None and value != NULL

    def raw(self, name: str) -> bytes | None:
        """Return a field's own bytes, or None when it is absent or null."""
        value = self._fields.get(name)
        return None if value is None or value == NULL else bytes(value)

    def peek(self, name: str) -> object:
        """Return a field decoded, or None when it is absent or null.

        Raises:
            InvalidRequest: `invalid_json`, when the value is nested too deeply.
        """
        content = self._fields.get(name)
        if content is None or content == NULL:
            return None
        try:
            value: object = _decode(content)
        except (RecursionError, msgspec.DecodeError) as error:
            raise InvalidRequest(
                f"'{name}' cannot be read: {error}.", param=name, code="invalid_json"
            ) from None
        return value

    def edited(self, changes: Mapping[str, object], without: Iterable[str] = ()) -> Body:
        """Return a body with some fields replaced or added, and others left out."""
        fields = self._fields.copy()
        for name in without:
            fields.pop(name, None)
        for name, value in changes.items():
            fields[name] = value if isinstance(value, msgspec.Raw) else msgspec.Raw(_encode(value))
        return Body(fields)

    def content(self) -> bytes:
        """Return the JSON text: the client's own bytes while nothing was edited."""
        return self._raw if self._raw is not None else _encode(self._fields)
