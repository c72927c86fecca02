"""API keys: made, listed, revoked. A secret is shown once, and kept by nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, Field

from forecast.errors import ForecastError
from forecast.journal.access import Key, Role
from forecast.web.api.parts import READS, WRITES, Serving, iso
from forecast.web.api.shapes import Success, answer
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Viewer, require

__all__ = ["router"]

router = APIRouter(prefix="/v1/keys", tags=["keys"])
Admin = Annotated[Viewer, Depends(require(Role.ADMIN))]
type RoleName = Literal["viewer", "operator", "editor", "admin"]


class KeyShape(BaseModel):
    """A key, without its secret."""

    id: int
    name: str
    role: RoleName
    contests: tuple[str, ...] = Field(description="Ids of the contests it is for; empty for all")
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    once: bool = Field(description="Whether it opens one session and is no use without one")


class NewKeyShape(KeyShape):
    """A key just made."""

    secret: str = Field(description="Shown now and never again")


class NewKey(BaseModel, extra="forbid"):
    """A key to make."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="Whose it is")
    role: RoleName
    contests: list[Annotated[str, Field(min_length=1, max_length=80)]] = Field(default_factory=list, max_length=100)
    expires_at: AwareDatetime | None = None
    once: bool = False


@router.get("", response_model=Success[list[KeyShape]], responses=READS)
async def list_keys(service: Serving, viewer: Admin) -> object:
    """Every key, revoked ones too."""
    del viewer
    keys = await asyncio.to_thread(service.store.keys)
    return answer([_shape(key) for key in keys], {"self": "/v1/keys"})


@router.post("", status_code=201, response_model=Success[NewKeyShape], responses=WRITES)
async def add_key(service: Serving, viewer: Admin, body: NewKey) -> object:
    """Make a key; its secret is in this answer and nowhere else."""
    known = {each.id for each in service.contests()}
    if missing := sorted(set(body.contests) - known):
        raise Refusal(422, f'"{missing[0]}" is not served here.')
    expires = _utc(body.expires_at)
    key, secret = await asyncio.to_thread(
        lambda: service.store.add_key(
            body.name, body.role, tuple(body.contests), expires, once=body.once, actor=viewer.actor
        )
    )
    return answer(_shape(key) | {"secret": secret}, {"self": f"/v1/keys/{key.id}"})


@router.delete("/{key}", response_model=Success[KeyShape], responses=WRITES)
async def revoke_key(service: Serving, viewer: Admin, key: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> object:
    """Revoke a key, and end its sessions; it stays in the list, and in the record."""
    try:
        revoked = await asyncio.to_thread(lambda: service.store.revoke_key(key, actor=viewer.actor))
    except ForecastError as error:
        if any(each.id == key for each in await asyncio.to_thread(service.store.keys)):
            raise
        raise Refusal(404, "There is no such key.") from error
    return answer(_shape(revoked), {"keys": "/v1/keys"})


def _shape(key: Key) -> dict[str, Any]:
    times = {name: iso(getattr(key, name)) for name in ("made_at", "expires_at", "used_at", "revoked_at")}
    return {"id": key.id, "name": key.name, "role": key.role, "contests": key.scopes, "once": key.once, **times}


def _utc(at: datetime | None) -> datetime | None:
    try:
        return None if at is None else at.astimezone(UTC)
    except OverflowError:
        raise Refusal(422, "There is no such time.") from None
