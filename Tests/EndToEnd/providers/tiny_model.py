"""Writes a model of half a megabyte with random weights: it speaks, and says nothing.

    python tiny_model.py FILE SEED [LEANING]

Its tokens are single bytes, so that whatever it says may be cut anywhere within a character. LEANING has bytes that it likes best,
the dearest first: where a grammar leaves it a choice among them, it always takes that."""

import sys

import gguf
import numpy

WIDTH, HIDDEN, HEADS, BLOCKS, CONTEXT = 64, 192, 4, 2, 8192
SPECIAL = [b"<unk>", b"<s>", b"</s>"]
TOKENS = SPECIAL + [b"<0x%02X>" % byte for byte in range(256)]


def write(path, seed, leaning=b""):
    random = numpy.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0] * len(TOKENS))
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    writer.add_token_types(kinds + [gguf.TokenType.BYTE] * 256)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)

    def weights(name, *shape):
        writer.add_tensor(name, random.normal(0, 0.5, shape).astype(numpy.float32))

    def ones(name):
        writer.add_tensor(name, numpy.ones(WIDTH, dtype=numpy.float32))

    embedding, output = (random.normal(0, 0.5, (len(TOKENS), WIDTH)).astype(numpy.float32) for _ in range(2))
    if leaning:
        # One number that is large whatever was said, and speaks for these bytes.
        embedding[:, 0] = 16
        output[:, 0] = 0
        for rank, byte in enumerate(reversed(leaning), 1):
            output[len(SPECIAL) + byte, 0] = rank
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    ones("output_norm.weight")
    for block in range(BLOCKS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"blk.{block}.{part}.weight", WIDTH, WIDTH)
        for part, *shape in (("ffn_gate", HIDDEN, WIDTH), ("ffn_up", HIDDEN, WIDTH), ("ffn_down", WIDTH, HIDDEN)):
            weights(f"blk.{block}.{part}.weight", *shape)
        ones(f"blk.{block}.attn_norm.weight")
        ones(f"blk.{block}.ffn_norm.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), *(word.encode() for word in sys.argv[3:]))
