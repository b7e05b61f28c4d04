"""Has a maker's own package send the conversation of test_provider_shapes.py: shapes.py NAME BASE-URL."""

import contextlib
import sys

CLOSED = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
PICTURE = "iVBORw0KGgo="


def chat_completions(base):
    import openai

    def call(id, arguments):
        return {"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}}

    openai.OpenAI(base_url=base + "/v1", api_key="k", max_retries=0).chat.completions.create(
        model="m", stream=True, stream_options={"include_usage": True}, temperature=0.5, max_completion_tokens=64,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "Look."},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}]},
            {"role": "assistant", "content": "I ask.",
             "tool_calls": [call("call_1", '{"city":"Telford"}'), call("call_2", '{"city":"Ironbridge"}')]},
            {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            {"role": "tool", "tool_call_id": "call_2", "content": "unknown"},
            {"role": "user", "content": "And?"}],
        tools=[{"type": "function", "function": {
            "name": "weather", "description": "Tells the weather.", "parameters": CLOSED, "strict": True}}],
        tool_choice="auto",
        response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": CLOSED, "strict": True}})


def responses(base):
    import openai

    def call(id, arguments):
        return {"type": "function_call", "call_id": id, "name": "weather", "arguments": arguments}

    openai.OpenAI(base_url=base + "/v1", api_key="k", max_retries=0).responses.create(
        model="m", stream=True, temperature=0.5, max_output_tokens=64, store=False,
        input=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "input_text", "text": "Look."},
                {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}]},
            {"role": "assistant", "content": "I ask."},
            call("call_1", '{"city":"Telford"}'), call("call_2", '{"city":"Ironbridge"}'),
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
            {"type": "function_call_output", "call_id": "call_2", "output": "unknown"},
            {"role": "user", "content": "And?"}],
        tools=[{"type": "function", "name": "weather", "description": "Tells the weather.", "parameters": CLOSED, "strict": True}],
        tool_choice="auto",
        text={"format": {"type": "json_schema", "name": "answer", "schema": CLOSED, "strict": True}})


def messages(base):
    import anthropic

    def call(id, city):
        return {"type": "tool_use", "id": id, "name": "weather", "input": {"city": city}}

    anthropic.Anthropic(base_url=base, api_key="k", max_retries=0).messages.create(
        model="m", stream=True, max_tokens=64, system="Be brief.",
        messages=[
            {"role": "user", "content": [
                {"type": "text", "text": "Look."},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}]},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I ask."}, call("call_1", "Telford"), call("call_2", "Ironbridge")]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "rain"},
                {"type": "tool_result", "tool_use_id": "call_2", "content": "unknown", "is_error": True}]},
            {"role": "user", "content": "And?"}],
        tools=[{"name": "weather", "description": "Tells the weather.", "input_schema": CLOSED, "strict": True}],
        tool_choice={"type": "auto"},
        output_config={"format": {"type": "json_schema", "schema": CLOSED}})


def generate_content(base):
    from google import genai
    from google.genai import types

    def call(id, city):
        return types.Part(function_call=types.FunctionCall(id=id, name="weather", args={"city": city}))

    def result(id, response):
        return types.Part(function_response=types.FunctionResponse(id=id, name="weather", response=response))

    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=base))
    stream = client.models.generate_content_stream(
        model="m",
        contents=[
            types.Content(role="user", parts=[
                types.Part(text="Look."),
                types.Part(inline_data=types.Blob(mime_type="image/png", data=b"\x89PNG\r\n\x1a\n"))]),
            types.Content(role="model", parts=[types.Part(text="I ask."), call("call_1", "Telford"), call("call_2", "Ironbridge")]),
            types.Content(role="user", parts=[result("call_1", {"output": "rain"}), result("call_2", {"error": "unknown"})]),
            types.Content(role="user", parts=[types.Part(text="And?")])],
        config=types.GenerateContentConfig(
            temperature=0.5, max_output_tokens=64, system_instruction=types.Content(parts=[types.Part(text="Be brief.")]),
            tools=[types.Tool(function_declarations=[types.FunctionDeclaration(
                name="weather", description="Tells the weather.", parameters_json_schema=CLOSED)])],
            tool_config=types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="AUTO"))))
    list(stream)


if __name__ == "__main__":
    # The server refuses everything, once it has seen it.
    with contextlib.suppress(Exception):
        {"chat_completions": chat_completions, "responses": responses, "messages": messages,
         "generate_content": generate_content}[sys.argv[1]](sys.argv[2])
