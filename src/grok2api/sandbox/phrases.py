"""The little that the sandbox knows, in English and Chinese.

Each entry is a pattern and the two sentences that answer it. Nothing here may be taken from a real
model's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern in the prompt, and the answer in both languages."""

    pattern: re.Pattern[str]
    english: str
    chinese: str


def _phrase(pattern: str, english: str, chinese: str) -> Phrase:
    return Phrase(re.compile(pattern, re.IGNORECASE), english, chinese)


GREETINGS = (
    (
        "Hello! I am the grok2api sandbox. How can I help you today?",
        "你好！我是 grok2api 的沙盒。今天想聊点什么？",
    ),
    (
        "Hi there! You have reached the grok2api sandbox. What shall we try?",
        "嗨，你好！这里是 grok2api 沙盒，想试点什么？",
    ),
    (
        "Good to see you! The grok2api sandbox is listening. What is on your mind?",
        "很高兴见到你！grok2api 沙盒在听，请说。",
    ),
)
GREETING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good (?:morning|evening|afternoon))\b|你好|您好|嗨|哈喽|[早晚]上好)",
    re.IGNORECASE,
)

PHRASES = (
    _phrase(
        r"who are you|what are you|your name|你是谁|你叫什么|介绍一下你自己",
        "I am the grok2api sandbox: a local stand-in for Grok. "
        "No request leaves this machine and nothing is billed.",
        "我是 grok2api 的沙盒，在本机代替 Grok 作答。请求不会离开这台机器，也不产生费用。",
    ),
    _phrase(r"\bthank|谢谢|多谢", "You are welcome!", "不客气！"),
    _phrase(r"\b(?:bye|goodbye)\b|再见", "Goodbye, and come back soon.", "再见，欢迎随时回来。"),
    _phrase(
        r"(?:a|one) single word|in one word|一个词|一个字",
        "Hello",
        "好",
    ),
    _phrase(r"capital of france|法国.{0,3}首都", "The capital of France is Paris.", "法国的首都是巴黎。"),
    _phrase(r"capital of germany|德国.{0,3}首都", "The capital of Germany is Berlin.", "德国的首都是柏林。"),
    _phrase(r"capital of china|中国.{0,3}首都", "The capital of China is Beijing.", "中国的首都是北京。"),
    _phrase(r"capital of japan|日本.{0,3}首都", "The capital of Japan is Tokyo.", "日本的首都是东京。"),
    _phrase(r"capital of italy|意大利.{0,3}首都", "The capital of Italy is Rome.", "意大利的首都是罗马。"),
    _phrase(
        r"capital of spain|西班牙.{0,3}首都", "The capital of Spain is Madrid.", "西班牙的首都是马德里。"
    ),
    _phrase(
        r"speed of light|光速",
        "Light travels at 299,792,458 metres per second in a vacuum.",
        "真空中的光速是每秒 299792458 米。",
    ),
    _phrase(
        r"how many (?:planets|days in a week)|几大行星|一周.{0,2}几天",
        "The Sun has eight planets, and a week has seven days.",
        "太阳系有八大行星，一周有七天。",
    ),
    _phrase(
        r"\bweather\b|天气",
        "The sandbox has no window, so let us agree on sunshine and 21 °C.",
        "沙盒没有窗户，我们就当是晴天、21 °C 吧。",
    ),
    _phrase(
        r"\bjoke\b|笑话",
        "Why did the stream stop in the middle of a frame? Somebody had asked the sandbox for a fault.",
        "为什么流在一帧中间断了？因为有人请沙盒表演一次故障。",
    ),
    _phrase(
        r"\bpoem\b|\bhaiku\b|诗",
        "Small tokens drift by,\none socket, a quiet stream,\nthen done, and all still.",
        "字字随流去，\n一线通两端。\n终了无声处，\n方知沙盒闲。",
    ),
    _phrase(
        r"\b(?:code|python|function)\b|代码|函数|编程",
        "Here is a small example:\n\n```python\ndef greet(name: str) -> str:\n"
        '    return f"Hello, {name}!"\n\n\nprint(greet("sandbox"))\n```\n\nIt prints a greeting.',
        "给你一个小例子：\n\n```python\ndef greet(name: str) -> str:\n"
        '    return f"你好，{name}！"\n\n\nprint(greet("沙盒"))\n```\n\n它拼出一句问候并打印出来。',
    ),
    _phrase(
        r"\b(?:list|table|markdown)\b|列表|表格",
        "A short list:\n\n1. **Ask** something.\n2. **Watch** it stream.\n3. **Break** it with a fault.\n\n"
        "| Step | Result |\n| --- | --- |\n| ask | answer |\n| break | lesson |",
        "一个简短的列表：\n\n1. **提问**。\n2. **观察**回答如何流出。\n3. 用故障把它**打断**。\n\n"
        "| 步骤 | 结果 |\n| --- | --- |\n| 提问 | 回答 |\n| 打断 | 教训 |",
    ),
)

ECHOES = (
    (
        "You asked: “{prompt}”. The sandbox made this answer up on the spot, without asking any model.",
        "你问的是：“{prompt}”。这段回答由沙盒当场编出，没有问过任何模型。",
    ),
    (
        "I read: “{prompt}”. The grok2api sandbox cannot know much, but your request arrived.",
        "我读到：“{prompt}”。作为 grok2api 沙盒我懂得不多，不过你的请求完好地到达了。",
    ),
    (
        "About “{prompt}”: a real Grok would say more. This is the sandbox, and all is well here.",
        "关于“{prompt}”：真正的 Grok 会说得更多。这里是沙盒，一切正常。",
    ),
)

SENTENCES = (
    (
        "The river keeps its own time and asks nobody for it.",
        "河水自有它的时辰，不向谁去讨要。",
    ),
    ("A lamp was lit in the harbour, and the boats turned home.", "港口亮起一盏灯，船便掉头回家。"),
    ("Nothing here is true, yet every word arrived in order.", "这里没有一句是真的，字却一个不乱地到了。"),
    ("The clerk counted the tokens twice and smiled.", "管账的把字数了两遍，笑了。"),
    ("Rain fell on the roof like a patient typist.", "雨落在屋顶上，像个耐心的打字员。"),
    ("By morning the stream had said all it had to say.", "到了早晨，溪流把要说的都说完了。"),
)
