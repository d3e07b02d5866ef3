"""What a reader uploads is never written to a disk by the server."""

from __future__ import annotations

from starlette.formparsers import MultiPartParser


def keep_in_memory(upload_limit: int) -> None:
    """Keep every upload of at most ``upload_limit`` MiB in memory while it arrives; more is refused while it streams.

    Starlette would write from its first MiB on into a temporary file, which a crash leaves and a disk remembers. Its
    limit is raised to where Streamlit stops reading: one MiB, for what frames the file, above its own.
    """
    MultiPartParser.spool_max_size = (upload_limit + 1) * 1024 * 1024
