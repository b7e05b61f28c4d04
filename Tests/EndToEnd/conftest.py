import pytest

import program


@pytest.fixture
def jackfield(tmp_path):
    """The program with the demo's configuration and an empty journal."""
    state = tmp_path / "state"
    state.mkdir()
    return program.Program(state)
