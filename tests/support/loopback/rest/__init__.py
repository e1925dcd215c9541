"""The REST API: `api` takes requests through auth, limits and faults; the other modules are its routes."""

from tests.support.loopback.rest.api import Api, RequestRecord

__all__ = ["Api", "RequestRecord"]
