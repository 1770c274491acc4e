"""Relative paths: whose folder they lead from while a file is loaded."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from sim.files.relative import is_leading, led, led_from


def test_a_relative_path_leads_from_the_folder_of_the_file_that_is_being_loaded() -> None:
    with led_from(Path("/campus")):
        assert is_leading()
        assert led("load.csv") == str(Path("/campus/load.csv"))
        assert led("../data/load.csv") == str(Path("/campus/../data/load.csv"))


def test_an_absolute_path_stays_as_it_is() -> None:
    with led_from(Path("/campus")):
        assert led("/data/load.csv") == str(Path("/data/load.csv"))


def test_where_no_file_is_loaded_a_path_stays_as_it_is() -> None:
    assert not is_leading()
    assert led("load.csv") == "load.csv"


def test_a_file_that_is_loaded_within_another_leads_from_its_own_folder_for_as_long() -> None:
    with led_from(Path("/outer")):
        with led_from(Path("/inner")):
            assert led("a.csv") == str(Path("/inner/a.csv"))
        assert led("a.csv") == str(Path("/outer/a.csv"))
    assert led("a.csv") == "a.csv"


def test_a_file_that_cannot_be_loaded_leaves_nothing_behind() -> None:
    with pytest.raises(ValueError, match="torn"), led_from(Path("/campus")):
        raise ValueError("torn")
    assert not is_leading()


def test_another_thread_does_not_lead_from_this_one_s_folder() -> None:
    seen: list[str] = []
    with led_from(Path("/campus")):
        thread = Thread(target=lambda: seen.append(led("load.csv")))
        thread.start()
        thread.join()
    assert seen == ["load.csv"]
