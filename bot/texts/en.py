"""English texts."""

TEXTS: dict[str, str] = {
    # A card
    "to_review": "{title} to review",
    "version_to_review": "{title}, version {n}, to review",
    "written_by_ai": "written by AI",
    "imported": "imported",
    "seconds": "~{n} s",
    "minutes": "~{n} min",
    "system": "System",
    "instruction": "Instruction",
    "input": "Input",
    "output": "Output",
    "question": "Question",
    "answer": "Answer",
    "left_out": "… {n} turns left out",
    "left_out.one": "… 1 turn left out",
    "shortened": "Shortened. Read the full text (⋯) before you vote.",
    "version": "version {n}",
    "sample": "sample {n}",
    "see_version": "→ {version}",
    "version_withdrawn": "Version {n} was withdrawn → {version}",
    "corrected": "Version {n}: {who} changed {fields}",
    "missing": "{n} more ✅ needed (the bot's do not count)",
    "split": "Split: {a} ✅ {r} ❌ · {up} more ✅ or {down} more ❌ decide",
    "doubted": "{r} ❌ so far · {up} more ✅ or {down} more ❌ decide",
    "queued_line": "{a} ✅ {r} ❌ · waits for a curator",
    "flagged_line": "🚩 Flagged by {people} · a curator decides",
    "held_line": "⏸ Held: its message could not be read · a curator decides",
    "settled_by": "{decision} · settled by {people}",
    "decided_by": "{decision} · {people}",
    "preview": "PREVIEW of {dataset} · takes no votes",
    "preview_of": "Preview of {dataset}",
    "correct_button": "✏️ Correct",
    "skip_button": "Not my field",
    "flag_button": "🚩 Flag",
    "full_button": "Full text",
    "origin_button": "Origin",
    "show_button": "Show",
    # States
    "candidate": "Candidate",
    "open": "Open",
    "contested": "Contested",
    "queued": "Queued",
    "frozen_state": "Frozen",
    "approved": "Approved",
    "rejected": "Rejected",
    "expired": "Expired",
    "discarded": "Discarded",
    # Where a sample comes from
    "origin_title": "Where this sample comes from",
    "origin_teacher": "Teacher",
    "origin_ask": "Way of asking",
    "origin_prompt": "Prompt",
    "origin_prompt_hash": "Hash of the prompt",
    "origin_parameters": "Parameters",
    "origin_cost_usd": "Cost of the request (USD)",
    "origin_seeds": "Examples shown to the teacher",
    "origin_file": "File",
    "unknown": "unknown",
    # A reply that resembles a field
    "ask_field": "Your reply reads like a new text of {field}. Use it as that, or keep it as a "
    "comment?",
    "use_as_field": "Use as {field}",
    "keep_comment": "Keep as comment",
    # The header of a batch
    "batch": "Batch {number}: {n} samples, about {minutes} min",
    "batch.one": "Batch {number}: 1 sample, about {minutes} min",
    "batch_done": "Batch {number}: all {n} decided",
    "batch_done.one": "Batch {number}: its one sample is decided",
    "batch_progress": "{bar} {decided}/{size} decided · {approved}/{target} approved in all",
    "one_short": "One vote short: {links}",
    "how_to_review": "✅ right as it is · ❌ not usable · to correct: ✏️, or reply with the part's "
    "label and its new text, such as “④: …” or “output: …”",
    "guidelines_button": "Guidelines",
    "guidelines": "Guidelines for reviewers",
    # The weekly summary
    "week": "{dataset}, week {number}",
    "week_approved": "*{n}* approved (last week {before}) · *{total}/{target}*",
    "weeks_left": "about {n} weeks left",
    "weeks_left.one": "about 1 week left",
    "approval_rate": "approved of decided",
    "corrected_share": "of these corrected by experts",
    "agreement": "agreement, n={n}",
    "per_approved": "per approved record",
    "owed": "Owed: {categories}",
    "week_version": "{version}: +{added} · corrected {corrected} · withdrawn {withdrawn}",
    "thanks": "Thanks to {people}",
    # Modals
    "correct_title": "Correct",
    "correct_intro": "What you save becomes version {n} and counts as your ✅ on it.",
    "correct_left_out": "{n} parts are too much for this window. Correct them by a reply in the "
    "thread: {example}: new text",
    "correct_left_out.one": "One part is too long for this window. Correct it by a reply in the "
    "thread: {example}: new text",
    "save": "Save",
    "cancel": "Cancel",
    "settle_approve_title": "Approve as curator",
    "settle_reject_title": "Reject as curator",
    "settle_intro": "This outranks all votes on this version. Those it overrules are told, with "
    "your reason.",
    "reason": "Reason",
    "settle_submit": "Settle",
    "confirm_title": "Generate samples",
    "confirm_cost": "This may cost up to ${cost}. Go on?",
    "confirm_what": "{n} samples for {dataset}",
    "confirm_what.one": "1 sample for {dataset}",
    "confirm_submit": "Generate",
    # /winnow status
    "status_title": "{dataset}: {approved}/{target} approved",
    "next_batch": "Next batch {when}",
    "no_next_batch": "No batch is scheduled",
    "left_today": "${amount} left today",
    "left_in_all": "${amount} left in all",
    "awaiting": "{n} samples wait for a curator",
    "awaiting.one": "1 sample waits for a curator",
    "awaiting_more": "… and {n} more, shown as these are settled",
    "nothing_awaits": "No sample waits for a curator.",
    "settle_approve_button": "✅ Approve",
    "settle_reject_button": "❌ Reject",
    "open_link": "Open",
    # Told to one person
    "not_counted": "What you vote or correct on {dataset} does not count: you are not among its "
    "reviewers. A curator can add you.",
    "superseded": "You voted on an older version, which decides nothing any more. The current one: "
    "{sample}.",
    "unclear": "You left several verdicts on {sample} and their order cannot be told, so none "
    "counts. Take away all but one.",
    "overruled": "A curator settled {sample} against your vote: {decision}. Reason: {reason}",
    "only_reviewers": "Only the reviewers of {dataset} can do this.",
    "only_curators": "Only the curators of {dataset} can do this.",
    "skipped": "Skipped: others will look at it.",
    "flagged": "Flagged. A curator decides; press Flag again to take it back.",
    "unflagged": "Your flag is taken back.",
    "settled": "Settled {sample}: {decision}.",
    "unexpected": "Something went wrong. Nothing you did is lost; tell the operator this id: {id}",
    # Corrections
    "not_once": "“{old}” occurs {times} times here; it must occur exactly once. Quote more of the "
    "text around it.",
    "label_twice": "“{label}” stands twice in your reply. Give each part once.",
    "no_such_label": "There is no “{label}” here. Parts: {labels}",
    "correction_conflict": "Someone else changed {field} in the meantime. It reads now:\n{theirs}",
    "correction_same": "That is how it reads already; nothing was changed.",
    "correction_invalid": "This cannot be saved: {error}",
    "comments_shared": "Comments in this thread are given to the teachers as advice.",
    # Told to curators
    "to_curators": "*{dataset}*: {text}",
    "channel_frozen": "The channel is archived or Winnow is not in it: what is in review there is "
    "frozen. Votes stay, and it goes on when the channel is back.",
    "frozen": "{sample} is frozen until a curator settles it: `/winnow status`.",
    "withdrawn": "{sample} is no longer approved, but is in {versions}. The next export lists it "
    "as withdrawn.",
    "export_withdrew": "{version} withdraws {records}: approved no more. {versions} still "
    "hold them; train on those no longer.",
    "target": "The target is reached: {approved} approved. Generating and posting have stopped.",
    "budget_day": "Today's ${amount} are spent; it goes on {when}. Reviews go on as ever.",
    "budget_total": "The whole budget of ${amount} is spent: nothing more is generated. Reviews go "
    "on as ever.",
    "teacher_failed": "A teacher failed: {error}",
    "paused_max_open": "{n} samples wait for reviewers: no more are posted until some are decided.",
    "paused_max_open.one": "1 sample waits for reviewers: no more are posted until it is decided.",
    # Commands
    "help": "What `/winnow` can do (name the dataset first where a channel has several):\n"
    "• `generate [N] [what]` has teachers write N samples and posts them\n"
    "• `status` shows counts, budget and next batch; curators settle samples there\n"
    "• `export [format …]` makes a version of what is approved and uploads it here\n"
    "• `pause` stops generating and posting; votes go on\n"
    "• `resume` goes on\n"
    "• `help` shows this\n"
    "Under a card: ✅ right as it is, ❌ not usable, 🚩 needs a curator. To correct, press ✏️, or "
    'reply in the thread: `output: new text`, `④: new text`, `change "old" to "new"`.',
    "no_such_name": "There is no command and no dataset “{name}”.",
    "no_such_name_but": "There is no command and no dataset “{name}”. Did you mean `{near}`?",
    "which_dataset": "This channel has several datasets. Which one?",
    "no_dataset_here": "No dataset is reviewed in this channel. In a recipe, set `channel` to it.",
    "paused": "⏸ Paused: nothing more is generated or posted. Votes count as ever.",
    "resumed": "Goes on: samples are generated and posted again.",
    "generating": "Generating {n} samples …",
    "generating.one": "Generating 1 sample …",
    "generated_nothing": "Nothing was generated. The curators were told why.",
    "generated_none": "Nothing is posted: no new candidates. Discarded by checks: {discarded}",
    "generated": "New candidates: {candidates} · posted: {posted} · discarded by checks: "
    "{discarded}",
    "how_many": "N is a number from 1 to 500, not {n}.",
    "per_person_day": "Reviewers may have {n} samples generated a day, and this would be more. A "
    "curator may go on.",
    "per_person_day.one": "Reviewers may have 1 sample generated a day, and this would be more. A "
    "curator may go on.",
    "exporting": "Exporting …",
    "exported": "Export {version}: {records} records · +{added} · corrected {corrected} · "
    "withdrawn {withdrawn}",
    "export_unchanged": "Nothing changed since export {version}; it stands.",
    "nothing_to_export": "Nothing is approved yet, so there is nothing to export.",
    "export_failed": "The export failed and nothing was published: {error}",
    "private_note": "A private note from Winnow",
}
