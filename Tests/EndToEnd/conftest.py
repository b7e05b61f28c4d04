import subprocess

import pytest

import program


@pytest.fixture
def jackfield(tmp_path):
    """The program with the demo's configuration and an empty journal."""
    state = tmp_path / "state"
    state.mkdir()
    return program.Program(state)


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    """The folder of the modules of Tests/Fixtures/zoo, built."""
    folder = tmp_path_factory.mktemp("zoo")
    subprocess.run([program.ROOT / "Tests/Fixtures/zoo/build", folder], check=True)
    return folder
