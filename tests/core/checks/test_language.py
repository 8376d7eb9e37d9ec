import pytest

GOOD = [
    ("zh", "脸上长痘痘怎么办？"),
    ("zh", "好"),
    ("zh", "是的。"),
    ("zh", "OK"),
    ("zh", "42"),
    ("zh", "👍👍👍"),
    ("zh", "用 Python 写 hello world"),
    ("zh", "如何在 Kubernetes 里用 Helm 安装 PostgreSQL？"),
    ("zh", "请翻译：The quick brown fox jumps over the lazy dog"),
    ("zh", "请把“I have been waiting for you since yesterday evening”译成中文"),
    ("zh", "New York City Marathon"),
    ("zh", "```python\nfor line in open(path):\n    print(line.strip())\n```"),
    ("zh", "```\nsome unfinished block of quite ordinary english words in code"),
    ("zh", "import numpy as np\nprint(np.sum(values))\nresult = {}\n"),
    ("zh", "详见 https://example.com/how/to/reset/your/password 或 help@example.com"),
    ("zh", "请见https://example.com/how/to/reset/your/password，或写信给help@example.com。"),
    ("zh", "公式：$$\\frac{alpha}{beta} plus gamma$$ 或 \\[a plus b plus c plus d\\]"),
    ("zh", "面积为 $S = \\pi r^2$，即 \\(a + b\\)。"),
    ("zh", "可用维A酸（tretinoin）、过氧化苯甲酰（benzoyl peroxide）和壬二酸（azelaic acid）"),
    ("zh-TW", "臉上長痘痘怎麼辦？"),
    ("en", "How do I reset my password?"),
    ("en", "Yes."),
    ("en", "What does 塞翁失马，焉知非福 mean?"),
    ("en", "Translate 你好吗 into English"),
    ("en", "The word “湿疹湿疹湿疹湿疹湿疹湿疹湿疹” is eczema"),
    ("en", "你好"),
    ("fr", "Où se trouve la bibliothèque ?"),
    ("vi", "Tôi đang học tiếng Việt ở Hà Nội"),
    ("ja", "パスワードをリセットするにはどうすればいいですか"),
    ("ja", "東京都"),
    ("ja", "Python で書いてください"),
    ("ko", "비밀번호를 어떻게 재설정하나요?"),
    ("ru", "Как сбросить пароль в приложении Windows?"),
    ("ar", "كيف يمكنني إعادة تعيين كلمة المرور؟"),
    ("hi", "मैं अपना पासवर्ड कैसे रीसेट करूँ?"),
    ("th", "ฉันจะรีเซ็ตรหัสผ่านได้อย่างไร"),
    ("el", "Πώς μπορώ να επαναφέρω τον κωδικό μου;"),
    ("sr", "Kako da promenim lozinku na telefonu"),
    ("sr", "Како да променим лозинку на телефону"),
]
BAD = [
    ("zh", "You should wash your face twice a day and see a doctor.", "Latin script"),
    ("zh", "How can I help you today?", "Latin script"),
    ("zh", "In TCM, 湿疹 is treated with herbs that clear heat and dry damp in the body.",
     "Latin script"),
    ("zh", "パスワードをリセットするにはどうすればいいですか", "Japanese"),
    ("zh", "비밀번호를 어떻게 재설정하나요?", "Hangul script"),
    ("en", "请打开设置，然后点击重置密码。", "Chinese"),
    ("en", "您可以在 Settings 里点击 Reset Password 重置密码", "Chinese"),
    ("en", "Как сбросить пароль?", "Cyrillic script"),
    ("ja", "您可以打开设置，然后点击重置密码。", "Chinese"),
    ("ja", "Please open the settings and reset it.", "Latin script"),
    ("ko", "请打开设置，然后点击重置密码。", "Chinese"),
    ("ru", "Open the settings and click the button.", "Latin script"),
    ("ar", "Open the settings and click the button.", "Latin script"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), GOOD)
def test_a_text_in_its_language_passes_whatever_names_code_and_quotations_it_has(
    checks, instruction, language, text
):
    assert checks({"language": {}}, languages=(language,)).inspect(instruction(text, text)) is None


@pytest.mark.parametrize(("language", "text", "kind"), BAD)
def test_a_text_in_another_language_is_found(checks, conversation, language, text, kind):
    found = checks({"language": {}}, form="conversation", languages=(language,)).inspect(
        conversation("OK", text)
    )
    assert found is not None
    start = f"Its answer is written in {kind} rather than in {language}: "
    assert found.explanation[: len(start)] == start


@pytest.mark.parametrize(("language", "text", "kind"), BAD)
def test_every_language_of_a_list_is_accepted(checks, instruction, language, text, kind):
    languages = (language, "zh", "ja", "ko", "ru", "en")
    assert checks({"language": {}}, languages=languages).inspect(instruction(text, text)) is None


def test_the_explanation_names_the_text_and_the_share(checks, conversation):
    record = conversation("脸上起痘", "多久了？", "two weeks and it is getting worse", "请就医。")
    found = checks({"language": {}}, form="conversation", languages=("zh", "ja")).inspect(record)
    assert found is not None
    assert found.explanation == (
        "Its question 2 is written in Latin script rather than in zh or ja: 0% of its words belong"
        " there, at least 33% should (code, quotations, addresses and names do not count)."
    )


def test_material_and_system_texts_may_be_in_any_language(checks, instruction):
    record = instruction(
        "请翻译成中文。",
        "我们明天早上去公园散步。",
        input="we are going for a walk in the park tomorrow",
        system="you are a careful translator who answers in the language of the user",
    )
    assert checks({"language": {}}, languages=("zh",)).inspect(record) is None


def test_the_history_is_judged_too(checks, instruction):
    record = instruction(
        "怎么重置密码？", "打开设置。", history=[["你好", "how may i help you today"]]
    )
    assert checks({"language": {}}, languages=("zh",)).inspect(record) is not None
