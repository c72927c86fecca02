"""A feed at a path and in a folder: each line and file read once, whole, and in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from feed_desk import NEWS, Desk, look, runner, until
from press_made import message
from six_declared import RESULT

from forecast.feeds.folder import FolderSource
from forecast.feeds.health import FeedState
from forecast.feeds.path import PathSource
from forecast.feeds.runner import FeedRunner


def test_a_growing_file_gives_each_line_once_and_its_unfinished_line_when_it_is_whole(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_text("".join(NEWS[:4]) + NEWS[4][:20])
    assert "waits" in look(feed).last_error
    assert desk.areas == ["birmingham", "coventry", "dudley"]
    path.write_text("".join(NEWS))
    assert look(feed).last_error == ""
    assert len(desk.items) == len(NEWS) - 1
    path.write_text("".join(NEWS) + "\n")
    assert look(feed).taken == len(NEWS) - 1


def test_a_file_rotated_away_and_begun_again_is_read_on(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_text("".join(NEWS[:4]))
    look(feed)
    path.rename(tmp_path / "news.csv.1")
    gone = look(feed)
    assert gone.last_error == "news.csv: cannot be read: No such file or directory. It is looked for again."
    assert gone.failures == 1
    path.write_text("".join([NEWS[0], *NEWS[4:6]]))
    assert (look(feed).last_error, feed.state.failures) == ("", 0)
    assert desk.areas == ["birmingham", "coventry", "dudley", "sandwell", "solihull"]


def test_the_same_figure_entered_again_after_another_is_news(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    lines = [f"corrected,sandwell,{votes}\n" for votes in (1, 2, 1)]
    path.write_text("kind,area,parker\n" + "".join(lines))
    look(runner(PathSource(path), desk))
    assert [item.votes["parker"] for item in desk.items.values()] == [1, 2, 1]


def test_a_file_far_too_large_is_one_defect_and_the_next_is_read(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_bytes(b"x" * 50_000_000)
    state = look(feed)
    assert [str(defect) for defect in state.defects] == [
        "news.csv: is larger than the 5 MB that are read of a feed. Is it the right file?"
    ]
    path.write_text("".join(NEWS))
    assert look(feed).last_error == ""


# A folder


def settled(feed: FeedRunner) -> FeedState:
    return look(feed, 2)


def test_each_file_in_a_folder_is_read_once_by_what_it_holds(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    (tmp_path / "a_result_1.xml").write_bytes(message(RESULT))
    (tmp_path / "b.csv").write_text("".join(NEWS[:3]))
    assert settled(feed).taken == 3
    (tmp_path / "copy.csv").write_text("".join(NEWS[:3]))
    (tmp_path / ".hidden.csv").write_text("".join(NEWS))
    (tmp_path / "notes.txt").write_text("not news")
    assert settled(feed).taken == 3
    (tmp_path / "b.csv").write_text("".join(NEWS[:5]))
    assert settled(feed).taken == 5


def test_a_file_still_being_written_waits(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    path, data = tmp_path / "result.xml", message(RESULT)
    for end in range(50, len(data), 200):
        path.write_bytes(data[:end])
        assert look(feed).last_error == ""
    path.write_bytes(data)
    assert settled(feed).taken == 1


def test_a_bad_file_is_reported_stays_where_it_is_and_stops_no_other(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    (tmp_path / "a.xml").write_bytes(message(RESULT)[:200])
    (tmp_path / "b.csv").write_text("".join(NEWS))
    (tmp_path / "c.json").write_bytes(b"x" * 6_000_000)
    state = settled(feed)
    assert state.taken == 15
    assert sorted(str(defect) for defect in state.defects) == [
        "a.xml: is XML that was cut off. Wait for the whole file.",
        "c.json: is larger than the 5 MB that are read of a feed. Is it the right file?",
    ]
    assert (tmp_path / "a.xml").exists()
    (tmp_path / "a.xml").write_bytes(message(RESULT))
    assert [defect.where for defect in settled(feed).defects] == ["c.json"]


def test_a_revision_that_comes_late_changes_nothing(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    second = message(RESULT | {"virk": 12_177}, revision=2)
    (tmp_path / "x_2.xml").write_bytes(second)
    assert settled(feed).taken == 1
    (tmp_path / "x_1.xml").write_bytes(message(RESULT))
    assert settled(feed).taken == 1
    assert [item.votes["virk"] for item in desk.items.values()] == [12_177]


def test_a_folder_that_is_not_there_is_said_and_looked_for_again(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path / "drop"), desk)
    assert "the folder cannot be read" in look(feed).last_error
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "b.csv").write_text("".join(NEWS))
    assert settled(feed).taken == 15


def test_a_file_dropped_into_a_watched_folder_is_taken_at_once(tmp_path: Path) -> None:
    desk = Desk()

    async def night() -> None:
        feed = runner(FolderSource(tmp_path, settle=0.05), desk, every_seconds=60.0)
        running = asyncio.create_task(feed.run())
        await asyncio.sleep(0.3)
        (tmp_path / "b.csv").write_text("".join(NEWS))
        await until(lambda: len(desk.items) == 15, 5.0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(night())
