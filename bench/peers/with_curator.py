"""Curator's LLM over so many prompts; prints the seconds of the run."""

import sys
import time

from bespokelabs import curator


class Asking(curator.LLM):
    """One completion for each row."""

    def prompt(self, row):
        """The turns of a row."""
        return [
            {"role": "system", "content": row["system"]},
            {"role": "user", "content": row["prompt"]},
        ]

    def parse(self, row, response):
        """The completion as it came."""
        return {**row, "answer": response}


def main(base, concurrency, count, system):
    """Without limits, which it would otherwise guess at 200 requests a minute."""
    limits = {"max_requests_per_minute": 10**6, "max_tokens_per_minute": 10**9}
    model = Asking(
        model_name="support-en",
        backend="openai",
        generation_params={"max_tokens": 4096},
        backend_params={
            "base_url": f"{base}/openai/v1",
            "api_key": "sandbox",
            "max_concurrent_requests": concurrency,
            **limits,
        },
    )
    rows = [{"prompt": f"Write example {n}.", "system": system} for n in range(count)]
    begun = time.perf_counter()
    answered = len(model(rows).dataset)
    seconds = time.perf_counter() - begun
    if answered != count:
        raise SystemExit(f"{answered} of {count} were answered")
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
