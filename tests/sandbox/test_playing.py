"""Scripted reviewers inside the sandbox: what they do, and when they stop."""

import asyncio

import pytest

from sandbox import banks
from sandbox.inputs import with_ids
from sandbox.manifest import BOT_USER_ID, Installed
from sandbox.messages import Message
from sandbox.playing import APPROVE, REJECT, Play
from sandbox.world import World

SUPPORT = "C0SUPPORTEN"
MEMBERS = {"ana", "ben", "chen", "dora", "emil", "kim"}
ENTRIES = [entry for name in banks.names() for entry in banks.load(name) if entry.record]
GOOD = next(entry for entry in ENTRIES if not entry.flaw)
BAD = next(entry for entry in ENTRIES if entry.flaw and not entry.mend)
WRONG = next(entry for entry in ENTRIES if entry.mend and "turns" not in entry.record)
WRONG_TURN = next(entry for entry in ENTRIES if entry.mend and "turns" in entry.record)


def plain(words):
    return {"type": "plain_text", "text": words}


CORRECT = {"type": "button", "action_id": "correct", "text": plain("Correct"), "value": "1:0"}


def card_blocks(texts):
    sections = [{"type": "section", "text": plain(each)} for each in sorted(texts)]
    return [*sections, {"type": "actions", "elements": [CORRECT]}]


@pytest.fixture
def world():
    return World(Installed(), rate_limits=False)


@pytest.fixture
def show(world):
    """The bot posts a card with its ✅ and ❌."""

    def post(texts, thread_ts=None, channel=SUPPORT, seeds=(APPROVE, REJECT)):
        message = Message(channel, world.clock.stamp(), BOT_USER_ID, "card", by_app=True)
        message.blocks, message.thread_ts = with_ids(card_blocks(texts)), thread_ts
        message.reactions = {name: [BOT_USER_ID] for name in seeds}
        world.workspace.add(message)
        return message

    return post


def acts(world, seed=0, channel=None, but=None, most=200):
    """Everything that one play does: (handle, ts, vote or correction)."""
    play = Play(world, seed, channel and world.workspace.place(channel), but)

    async def perform():
        done = []
        while len(done) < most and (act := play.next_act()):
            await play.perform(act)
            done.append((act.person.handle, act.card.ts, act.correction or act.vote))
        return done

    return asyncio.run(perform())


@pytest.mark.parametrize(("entry", "vote"), [(GOOD, APPROVE), (BAD, REJECT)])
def test_good_samples_are_approved_and_bad_ones_rejected(world, show, entry, vote):
    card = show(entry.texts())
    done = acts(world)
    assert [(ts, each) for _, ts, each in done] == [(card.ts, vote)] * 2
    assert len({who for who, _, _ in done} & MEMBERS) == 2
    assert len(card.reactions[vote]) == 3


@pytest.mark.parametrize("entry", [WRONG, WRONG_TURN])
def test_a_flawed_sample_is_corrected_once_in_its_thread(world, show, entry):
    card = show(entry.texts())
    ((who, _, typed),) = acts(world)
    ((field, text),) = entry.mend.items()
    assert typed == banks.typed(field, text)
    ((reply_ts, author),) = card.replies
    assert world.workspace.people[author].handle == who
    stored = world.workspace.messages[SUPPORT][reply_ts]
    assert stored.text.startswith(("output: ", "②：", "④：", "⑥："))
    assert card.reactions == {APPROVE: [BOT_USER_ID], REJECT: [BOT_USER_ID]}


def test_a_corrected_version_is_approved_but_not_by_its_author(world, show):
    play = Play(world, 0, None, None)
    card = show(WRONG.texts())
    first = play.next_act()
    asyncio.run(play.perform(first))
    version = show(WRONG.texts(mended=True), thread_ts=card.ts)
    card.blocks = []  # as the bot does: the old card becomes a line
    done = []
    while act := play.next_act():
        asyncio.run(play.perform(act))
        done.append((act.person.id, act.card.ts, act.vote))
    assert [(ts, vote) for _, ts, vote in done] == [(version.ts, APPROVE)] * 2
    assert first.person.id not in {who for who, _, _ in done}


def test_a_text_that_is_in_no_bank_is_mostly_approved(world, show):
    for number in range(60):
        show({f"A question nobody prepared, number {number}"})
    votes = [vote for _, _, vote in acts(world)]
    assert 0.8 * len(votes) < votes.count(APPROVE) < len(votes)


def test_only_cards_that_are_open_are_touched(world, show):
    show(GOOD.texts(), seeds=(APPROVE,))
    show(GOOD.texts()).reactions[APPROVE] += ["U0ANA", "U0BEN"]
    show(GOOD.texts()).reactions[REJECT] += ["U0ANA", "U0BEN"]
    split = show(GOOD.texts())
    split.reactions[APPROVE] += ["U0ANA", "U0BEN", "U0CHEN"]
    split.reactions[REJECT] += ["U0DORA", "U0EMIL"]
    show(GOOD.texts()).blocks = with_ids(card_blocks(GOOD.texts())[:-1])
    show(GOOD.texts(), channel="C0RANDOM")  # where the app is not
    assert acts(world) == []


def test_who_is_played_by_a_person_takes_no_part_nor_do_outsiders(world, show):
    for _ in range(30):
        show(GOOD.texts())
    done = acts(world, but=world.workspace.person("ana"))
    assert {who for who, _, _ in done} == MEMBERS - {"ana"}


def test_they_keep_to_the_channel_that_was_named(world, show):
    show(GOOD.texts())
    there = show(GOOD.texts(), channel="C0GENERALZH")
    assert {ts for _, ts, _ in acts(world, channel="general-zh")} == {there.ts}


def test_they_leave_an_archived_channel_alone(world, show):
    show(WRONG.texts())
    world.workspace.place("support-en").is_archived = True
    assert acts(world, channel="support-en") == acts(world) == []


def test_the_same_seed_plays_the_same(show, world):
    orders = []
    for seed in (1, 1, 2):
        world.reset({})
        cards = [show(entry.texts()) for entry in ENTRIES[:40]]
        place = {card.ts: number for number, card in enumerate(cards)}
        orders.append([(who, place[ts], what) for who, ts, what in acts(world, seed)])
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


@pytest.fixture
def posted(sandbox, bot):
    """Cards that the bot posts over the wire; their ts."""
    found = []
    for entry in [e for e in ENTRIES if not e.flaw][:6]:
        blocks = card_blocks(entry.texts())
        ts = bot.chat_postMessage(channel=SUPPORT, text="card", blocks=blocks)["ts"]
        for name in (APPROVE, REJECT):
            bot.reactions_add(channel=SUPPORT, name=name, timestamp=ts)
        found.append(ts)
    return found


def votes_of(sandbox):
    added = [e for e in sandbox.log("call") if e["method"] == "reactions.add"]
    return [each for each in added if each["user"] != BOT_USER_ID]


def test_they_play_at_their_pace_until_they_are_stopped(sandbox, posted, until, window):
    own = window("ana")
    sandbox.act("play", pace=0.05, user="ana", channel="support-en")
    own.until(lambda it: it.items["workspace"]["playing"] == {"pace": 0.05})
    until(lambda: len(votes_of(sandbox)) >= 3)
    sandbox.act("play", stop=True)
    done = len(votes_of(sandbox))
    own.until(lambda it: it.items["workspace"]["playing"] is None)
    assert "U0ANA" not in {each["user"] for each in votes_of(sandbox)}
    own.drain()
    assert len(votes_of(sandbox)) == done


def test_a_reset_stops_them(sandbox, posted, until, window):
    sandbox.act("play", pace=0.05)
    until(lambda: votes_of(sandbox))
    sandbox.act("reset", rate_limits=False)
    own = window("ana")
    assert own.items["workspace"]["playing"] is None
    own.drain()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pace": 0},
        {"pace": "1"},
        {"pace": True},
        {"pace": 1e9},
        {"pace": 1, "speed": 2},
        {"pace": 1, "channel": "nowhere"},
        {"pace": 1, "user": "nobody"},
        {"stop": False},
    ],
)
def test_what_is_no_play_is_refused_with_a_sentence(sandbox, body):
    status, answer = sandbox.request("/sandbox/play", body)
    assert (status, answer["error"].endswith(".")) == (400, True)
