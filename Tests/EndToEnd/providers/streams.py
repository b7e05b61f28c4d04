"""What servers of models say, as each interface streams it."""

import json
from dataclasses import dataclass, field


def chunk(delta, finish=None, **more):
    """A piece of Chat Completions."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"id": "c-1", "model": "m-1", "choices": [choice], **more}) + "\n\n"


def calling(index, arguments, **more):
    return chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments}, **more}]})


def beginning(index, id):
    function = {"name": "calc_evaluate", "arguments": ""}
    return chunk({"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]})


DONE = "data: [DONE]\n\n"


def event(type, **members):
    """A piece of Anthropic's Messages, and of Responses."""
    return f"event: {type}\ndata: {json.dumps({'type': type, **members})}\n\n"


def block(index, start, *deltas):
    return [event("content_block_start", index=index, content_block=start),
            *(event("content_block_delta", index=index, delta=delta) for delta in deltas),
            event("content_block_stop", index=index)]


def end(reason):
    return [event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 9}), event("message_stop")]


def content(*parts, finish=None, **more):
    """A piece of Gemini's."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    return "data: " + json.dumps({"candidates": [candidate], "modelVersion": "m-1", "responseId": "r", **more}) + "\r\n\r\n"


@dataclass
class Interface:
    """How one says `Hello.`, and calls the calculator with 2+3 and 6*7, whose pieces take turns where that can be."""

    provider: str
    words: list
    calls: list
    settings: dict = field(default_factory=dict)
    # Where in `calls` the pieces of arguments stand.
    arguments: range = range(0)
    # How an error stands in its stream.
    fault: str = ""


def _responses():
    def made(number, type, **members):
        return event(type, sequence_number=number, **members)

    def call(place, whole=True):
        arguments = '{"expression":"%s"}' % ("2+3", "6*7")[place] if whole else ""
        return {"id": f"fc_{place}", "type": "function_call", "status": "completed", "call_id": "ab"[place],
                "name": "calc_evaluate", "arguments": arguments}

    def ended(number, *output):
        return made(number, "response.completed", response={
            "id": "r-1", "model": "m-1", "status": "completed", "output": output, "usage": {"input_tokens": 5, "output_tokens": 2}})

    def piece(number, place, delta):
        return made(number, "response.function_call_arguments.delta", item_id=f"fc_{place}", output_index=place, delta=delta)

    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
    said = [made(number, "response.output_text.delta", item_id="m", output_index=0, content_index=0, delta=delta)
            for number, delta in enumerate(["Hel", "lo."])]
    begun = [made(place, "response.output_item.added", output_index=place, item=call(place, whole=False)) for place in (0, 1)]
    pieces = [piece(2, 1, '{"expression":'), piece(3, 0, '{"expres'), piece(4, 1, '"6*7"}'), piece(5, 0, 'sion":"2+3"}')]
    done = [made(6 + place, "response.output_item.done", output_index=place, item=call(place)) for place in (0, 1)]
    return Interface(
        "openai", [*said, ended(2, message)], [*begun, *pieces, *done, ended(8, call(0), call(1))],
        {"openai": {"api": "responses"}}, range(2, 6), event("error", error={"code": "server_error", "message": "m"}))


def _messages():
    begin = event("message_start", message={"id": "msg_1", "model": "m-1", "usage": {"input_tokens": 5, "output_tokens": 1}})
    words = block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Hel"}, {"type": "text_delta", "text": "lo."})
    first, second = (
        block(place, {"type": "tool_use", "id": f"toolu_{place}", "name": "calc_evaluate", "input": {}},
              *({"type": "input_json_delta", "partial_json": each} for each in pieces))
        for place, pieces in enumerate([['{"expres', 'sion":"2+3"}'], ['{"expression":', '"6*7"}']]))
    return Interface(
        "anthropic", [begin, *words, *end("end_turn")],
        [begin, first[0], second[0], second[1], first[1], second[2], first[2], second[3], first[3], *end("tool_use")], {},
        range(3, 7), event("error", error={"type": "api_error", "message": "m"}))


def _contents():
    def call(expression):
        return {"functionCall": {"name": "calc_evaluate", "args": {"expression": expression}}}
    return Interface(
        "gemini", [content({"text": "Hel"}), content({"text": "lo."}, finish="STOP", usageMetadata={"promptTokenCount": 4})],
        [content(call("2+3")), content(call("6*7")), content({"text": ""}, finish="STOP")],
        fault="data: " + json.dumps({"error": {"code": 500, "status": "INTERNAL", "message": "m"}}) + "\r\n\r\n")


INTERFACES = {
    "chat": Interface(
        "openai", [chunk({"role": "assistant", "content": "Hel"}), chunk({"content": "lo."}), chunk({}, "stop"), DONE],
        [beginning(1, "b"), beginning(0, "a"), calling(1, '{"expression":'), calling(0, '{"expres'), calling(1, '"6*7"}'),
         calling(0, 'sion":"2+3"}'), chunk({}, "tool_calls"), DONE],
        {}, range(2, 6), 'data: {"error":{"message":"m","code":"server_error"}}\n\n'),
    "responses": _responses(),
    "messages": _messages(),
    "contents": _contents(),
}
