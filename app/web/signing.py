"""What signs the session's cookie: itsdangerous as Flask uses it, without deriving its keys anew twice a request.

The bytes are the same, so cookies of Flask's own serializer are read, and the other way round.
"""

import hmac

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.signer import SigningAlgorithm
from itsdangerous.url_safe import URLSafeSerializerMixin

WORTH_COMPRESSING = 1_000
"""Bytes; below, compressing takes longer than sending."""


class _Hmac(SigningAlgorithm):
    """HMAC in one call."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, self._digest)


class _Signer(TimestampSigner):
    """A signer that remembers the keys that it derived."""

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self.algorithm = _Hmac(self.digest_method().name)
        self._derived: dict[str | bytes | None, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        found = self._derived.get(secret_key)
        if found is None:
            found = self._derived[secret_key] = super().derive_key(secret_key)
        return found


class Serializer(URLSafeTimedSerializer):
    """A serializer with one signer, and that doesn't try to compress what is short."""

    default_signer = _Signer

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self._signers: dict[str | bytes | None, _Signer] = {}

    def make_signer(self, salt: str | bytes | None = None) -> _Signer:
        found = self._signers.get(salt)
        if found is None:
            found = self._signers[salt] = super().make_signer(salt)
        return found

    def loads(self, s: str | bytes, max_age: int | None = None, **named: object) -> object:
        if named:
            return super().loads(s, max_age=max_age, **named)  # type: ignore[arg-type]
        return self.load_payload(self.make_signer(self.salt).unsign(s, max_age=max_age))

    def dump_payload(self, obj: object) -> bytes:
        plain = super(URLSafeSerializerMixin, self).dump_payload(obj)
        return base64_encode(plain) if len(plain) < WORTH_COMPRESSING else super().dump_payload(obj)
