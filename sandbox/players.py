"""`python -m sandbox.players`: scripted reviewers who review one batch in one channel.

They know the banks, and so which samples are flawed: flawed ones are mended or refused, good ones
approved; some change their minds, some break the rules. What they do depends on the seed alone.
"""

import argparse
import sys

from slack_sdk.errors import SlackApiError

from sandbox import banks
from sandbox.scripts.plan import CURATOR, LEAST_CARDS, LEFT_OPEN, Card, deal
from sandbox.scripts.scenes import play
from sandbox.scripts.stage import PlayFailed, Stage, sections


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.players", description=__doc__)
    parser.add_argument("--url", required=True, help="the sandbox's address")
    parser.add_argument("--seed", type=int, default=0, help="draws who does what")
    parser.add_argument("--channel", default="support-en", help="also the bank's name")
    parser.add_argument("--faults", action="store_true", help="strike the bot with each fault")
    return parser.parse_args()


def cards_in(stage: Stage, bank: str) -> list[Card]:
    """The batch as Ana finds it in the channel; waits until every card has its ✅ and ❌."""
    known = {entry.texts(): entry for entry in banks.load(bank) if entry.record}
    found = []
    for message in stage.history("ana"):
        shown = set(sections(message))
        for texts, entry in known.items():
            if texts <= shown:
                found.append(Card(stage.card_showing(set(texts)), entry, texts))
    if len(found) < LEAST_CARDS:
        raise PlayFailed(
            f"The play needs {LEAST_CARDS} cards and #{bank} has {len(found)}: post a larger batch."
        )
    return found


def run(stage: Stage, bank: str, seed: int, *, faults: bool) -> None:
    """Play every scene, then have the curator export."""
    cards = cards_in(stage, bank)
    parts = deal(cards, seed, faults=faults)
    for part in parts:
        play(stage, part)
    stage.decided(sum(part.scene != LEFT_OPEN for part in parts))
    stage.command(CURATOR, "export")
    stage.tell(CURATOR, "types /winnow export")
    stage.wait("the export's files in the channel", lambda state: state["files"])
    stage.tell("", "the bot puts the export's files into the channel")


def main() -> int:
    """Play; exit code 1, with a sentence on standard error, where something did not happen."""
    args = _arguments()

    def tell(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    try:
        stage = Stage(args.url.rstrip("/"), args.channel, tell, nudges=args.faults)
        run(stage, args.channel, args.seed, faults=args.faults)
    except (PlayFailed, SlackApiError, OSError) as error:
        sys.stderr.write(f"The play stopped: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
