"""The listening page: blind, on loopback, answers in a file."""

import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest
import soundfile

from hobnail.audio import RATE_HZ
from hobnail_plugins.aht.levels import loudest_db
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.rating import Desk, prepare, read_answers, read_trials, serve, summed

SETS = ("recording", "model")
CAPTIONS = {"a": "glass breaking", "b": "rain falling", "c": "a bell"}


def sound(level, seed):
    return np.random.default_rng(seed).normal(0.0, level, RATE_HZ // 3).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    sounds = {
        name: {clip: sound(0.2 if name == "recording" else 0.002, number) for number, clip in enumerate(CAPTIONS)}
        for name in SETS
    }
    prepare(tmp_path / "trials", sounds, CAPTIONS, about="a test", seed=1)
    return tmp_path / "trials"


@pytest.fixture
def served(folder):
    ready, servers = threading.Event(), []

    def told(server):
        servers.append(server)
        ready.set()

    thread = threading.Thread(target=serve, args=(Desk(folder, read_trials(folder)), 0), kwargs={"ready": told})
    thread.start()
    assert ready.wait(5.0)
    yield f"http://127.0.0.1:{servers[0].server_address[1]}"
    servers[0].shutdown()
    thread.join(5.0)


def ask(url, data=None, **headers):
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=5.0) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def answer(trial, **more):
    return json.dumps({"trial": trial, "listener": "ann", "quality": 4, "fits": 2, "played": 3} | more).encode()


def test_all_sounds_have_one_loudness_and_names_that_say_nothing(folder):
    trials = read_trials(folder)
    levels = [loudest_db(soundfile.read(folder / f"{each.id}.wav", dtype="float32")[0]) for each in trials.trials]
    assert max(levels) - min(levels) < 0.2
    assert not any(word in each.id for each in trials.trials for word in (*SETS, *CAPTIONS.values()))
    assert len({each.id for each in trials.trials}) == 6


def test_a_listener_hears_everything_blind_in_an_order_of_their_own(served):
    orders = [json.loads(ask(f"{served}/order?listener={name}")[1]) for name in ("ann", "ann", "bob")]
    assert orders[0] == orders[1] != orders[2]
    assert all(set(each) == {"id", "caption"} for each in orders[0])
    assert "recording" not in ask(f"{served}/")[1].decode().partition("<script>")[2]
    status, wav = ask(f"{served}/sound/{orders[0][0]['id']}")
    assert status == 200
    assert wav[:4] == b"RIFF"


def test_answers_are_kept_and_what_was_heard_is_not_asked_again(served, folder):
    first = json.loads(ask(f"{served}/order?listener=ann")[1])[0]["id"]
    assert ask(f"{served}/answer", answer(first))[0] == 200
    assert ask(f"{served}/answer", answer(first, quality=5))[0] == 200
    left = json.loads(ask(f"{served}/order?listener=ann")[1])
    assert len(left) == 5
    assert first not in {each["id"] for each in left}
    (kept,) = read_answers(folder)
    assert (kept.quality, kept.fits, kept.played) == (5, 2, 3)
    assert kept.at > 1e9


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (answer("f" * 16), 400),
        (b"{", 400),
        (b'{"trial":"x"}', 400),
        (b"x" * 5000, 413),
    ],
)
def test_what_is_no_answer_is_refused(served, body, status):
    assert ask(f"{served}/answer", body)[0] == status


def test_scores_are_1_to_5(served, folder):
    trial = read_trials(folder).trials[0].id
    assert [ask(f"{served}/answer", answer(trial, quality=score))[0] for score in (0, 1, 5, 6)] == [400, 200, 200, 400]


def test_another_sites_name_for_this_machine_is_refused(served):
    assert ask(f"{served}/", host="evil.example:80")[0] == 403
    assert ask(f"{served}/order?listener=ann", host="localhost:9714")[0] == 200


@pytest.mark.parametrize("path", ["/trials.json", "/sound/trials.json", "/sound/..%2Ftrials.json", "/sound/", "/x"])
def test_nothing_but_sounds_leaves_the_folder(served, path):
    assert ask(f"{served}{path}")[0] == 404


def test_means_are_by_set(folder):
    trials = read_trials(folder)
    desk = Desk(folder, trials)
    for trial in trials.trials:
        for listener in ("ann", "bob"):
            score = 5 if trial.set == "recording" else 2
            assert desk.post("/answer", answer(trial.id, listener=listener, quality=score)).status == 200
    means = {mean.set: mean for mean in summed(trials, read_answers(folder))}
    assert (means["recording"].quality.value, means["model"].quality.value) == (5.0, 2.0)
    assert (means["model"].answers, means["model"].listeners) == (6, 2)


def test_broken_folders_name_the_cure(folder, tmp_path):
    with pytest.raises(TrainerError, match="holds trials already"):
        prepare(folder, {}, {}, about="", seed=1)
    with pytest.raises(TrainerError, match="hobnail-train rate make"):
        read_trials(tmp_path)
    (folder / "ratings.jsonl").write_text("{}\n")
    with pytest.raises(TrainerError, match="line 1"):
        read_answers(folder)
    next(folder.glob("*.wav")).unlink()
    with pytest.raises(TrainerError, match="is missing"):
        read_trials(folder)
