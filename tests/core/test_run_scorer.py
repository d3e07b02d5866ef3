"""Loading a run's network, by one thread at a time."""

import threading

from core import run_scorer


def test_torch_is_not_imported_while_another_thread_imports_it():
    with run_scorer._loading:
        thread = threading.Thread(target=run_scorer.import_torch)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(60)
    assert not thread.is_alive()
