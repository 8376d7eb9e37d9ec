"""Emoji that people type or tap: Slack's names beside the characters.

Not all of Slack's 3,000: those a review may meet. An unknown name is `invalid_name`, an unknown
character stays as it is.
"""

import re

_TABLE = """
✅ white_check_mark|✔️ heavy_check_mark|☑️ ballot_box_with_check|❌ x|❎ negative_squared_cross_mark
👍 +1|👎 -1|👌 ok_hand|🙏 pray|👏 clap|💪 muscle|👀 eyes|👋 wave|🙌 raised_hands|🤝 handshake|👆 point_up_2
👇 point_down|👉 point_right|👈 point_left|✋ hand|🙋 raising_hand|🤞 crossed_fingers|✌️ v|🖐️ raised_hand_with_fingers_splayed
🚩 triangular_flag_on_post|🏳️ waving_white_flag|🏁 checkered_flag|⏭️ black_right_pointing_double_triangle_with_vertical_bar
⏩ fast_forward|➡️ arrow_right|⬅️ arrow_left|⬆️ arrow_up|⬇️ arrow_down|🔁 repeat|🔄 arrows_counterclockwise|↩️ leftwards_arrow_with_hook
⛔ no_entry|🚫 no_entry_sign|🛑 octagonal_sign|⚠️ warning|❓ question|❔ grey_question|❗ exclamation|‼️ bangbang|💯 100
😀 grinning|😃 smiley|😄 smile|😁 grin|😆 laughing|😅 sweat_smile|😂 joy|🤣 rolling_on_the_floor_laughing|🙂 slightly_smiling_face
🙃 upside_down_face|😉 wink|😊 blush|😇 innocent|🥰 smiling_face_with_3_hearts|😍 heart_eyes|😘 kissing_heart|😋 yum|😜 stuck_out_tongue_winking_eye
🤔 thinking_face|🤨 face_with_raised_eyebrow|😐 neutral_face|😑 expressionless|😶 no_mouth|🙄 face_with_rolling_eyes|😏 smirk|😬 grimacing
😌 relieved|😔 pensive|😪 sleepy|😴 sleeping|😷 mask|🤒 face_with_thermometer|🤕 face_with_head_bandage|🤢 nauseated_face|🤧 sneezing_face
😎 sunglasses|🤓 nerd_face|😕 confused|😟 worried|🙁 slightly_frowning_face|😮 open_mouth|😯 hushed|😲 astonished|😳 flushed|🥺 pleading_face
😢 cry|😭 sob|😱 scream|😞 disappointed|😓 sweat|😩 weary|😫 tired_face|😤 triumph|😡 rage|😠 angry|🤯 exploding_head|💀 skull
❤️ heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|💔 broken_heart|💕 two_hearts|✨ sparkles|⭐ star|🌟 star2
🔥 fire|💡 bulb|🎉 tada|🎊 confetti_ball|🎁 gift|🚀 rocket|📌 pushpin|📎 paperclip|📝 memo|✏️ pencil2|📖 book|📚 books|📊 bar_chart|📈 chart_with_upwards_trend
📉 chart_with_downwards_trend|📅 date|⏰ alarm_clock|⏳ hourglass_flowing_sand|🕐 clock1|🔍 mag|🔒 lock|🔑 key|🔗 link|🔔 bell|🤖 robot_face|🩺 stethoscope
💊 pill|💉 syringe|🏥 hospital|🧴 lotion_bottle|☀️ sunny|🌞 sun_with_face|🌈 rainbow|🌹 rose|🌸 cherry_blossom|🍀 four_leaf_clover|🍎 apple|☕ coffee
1️⃣ one|2️⃣ two|3️⃣ three|4️⃣ four|5️⃣ five|🔟 keycap_ten|🆗 ok|🆕 new|⚪ white_circle|🔴 red_circle|🟢 large_green_circle|🟡 large_yellow_circle|🔵 large_blue_circle
"""  # noqa: E501  (a table reads better in long lines)

ALIASES = {
    "thumbsup": "+1",
    "thumbsdown": "-1",
    "raised_hand": "hand",
    "satisfied": "laughing",
    "pencil": "memo",
    "heavy_exclamation_mark": "exclamation",
}

NAME_OF: dict[str, str] = {
    character: name
    for pair in re.split(r"[|\n]", _TABLE.strip())
    for character, name in [pair.split(" ")]
}
CHARACTER_OF = {name: character for character, name in NAME_OF.items()}
CHARACTERS = re.compile("|".join(sorted(map(re.escape, NAME_OF), key=len, reverse=True)))

# What a picker offers: those that vote first, then what people answer with.
PICKED = (
    "white_check_mark",
    "x",
    "triangular_flag_on_post",
    "eyes",
    "+1",
    "-1",
    "black_right_pointing_double_triangle_with_vertical_bar",
    "question",
    "warning",
    "no_entry",
    "pray",
    "ok_hand",
    "clap",
    "raised_hands",
    "raising_hand",
    "muscle",
    "handshake",
    "wave",
    "smile",
    "slightly_smiling_face",
    "joy",
    "wink",
    "blush",
    "heart_eyes",
    "thinking_face",
    "neutral_face",
    "face_with_rolling_eyes",
    "grimacing",
    "confused",
    "cry",
    "heart",
    "sparkles",
    "star",
    "fire",
    "bulb",
    "tada",
    "rocket",
    "100",
    "memo",
    "books",
    "hourglass_flowing_sand",
    "mag",
    "stethoscope",
    "hospital",
    "coffee",
)

_NAME = re.compile(r"([a-z0-9_+'-]+)(::skin-tone-[2-6])?")


def canonical(name: str) -> str | None:
    """The name under which Slack keeps a reaction, or None where Slack says `invalid_name`."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    base = ALIASES.get(match[1], match[1])
    if base not in CHARACTER_OF:
        return None
    return base + (match[2] or "")


def code_points(name: str) -> str:
    """The `unicode` member of a rich text emoji element (`2705`)."""
    return "-".join(f"{ord(c):x}" for c in CHARACTER_OF[name] if c != "\N{VARIATION SELECTOR-16}")
