"""Every ``st.cache_*`` wrapper. Keys are small (a folder and a fingerprint of its files); heavy values are shared.

What ``cache_resource`` returns is one object for all readers: never change it.
"""

from dashboard.cache.overlays import Overlay, make_overlays, overlays
from dashboard.cache.runs import run, runs

__all__ = ["Overlay", "make_overlays", "overlays", "run", "runs"]
