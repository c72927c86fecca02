"""Who asks, what they may do, how often, and what browsers may do with the answer."""

from forecast.web.security.viewer import (
    CSRF_FIELD,
    CSRF_HEADER,
    SESSION_COOKIE,
    Viewer,
    csrf_token,
    current_viewer,
    require,
)

__all__ = ["CSRF_FIELD", "CSRF_HEADER", "SESSION_COOKIE", "Viewer", "csrf_token", "current_viewer", "require"]
