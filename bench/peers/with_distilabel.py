"""distilabel's TextGeneration over so many prompts; prints the seconds of the pipeline's run."""

import sys
import time

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def main(base, concurrency, count, system):
    """Its concurrency is the size of a batch: it waits for each batch as a whole."""
    rows = [{"instruction": f"Write example {n}.", "system_prompt": system} for n in range(count)]
    with Pipeline(name="bench") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=concurrency)
        model = OpenAILLM(
            model="support-en",
            base_url=f"{base}/openai/v1",
            api_key="sandbox",
            generation_kwargs={"max_new_tokens": 4096},
        )
        load >> TextGeneration(llm=model, input_batch_size=concurrency)
    begun = time.perf_counter()
    found = pipeline.run(use_cache=False)["default"]["train"]
    seconds = time.perf_counter() - begun
    answered = sum(bool(row["generation"]) for row in found)
    if answered != count:
        raise SystemExit(f"{answered} of {count} were answered")
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
