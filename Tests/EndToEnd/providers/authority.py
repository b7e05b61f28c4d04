"""Authorities that sign certificates, and no system trusts."""

import subprocess
from pathlib import Path


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key, self.file = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key,
                "-out", self.file)

    def sign(self, address="127.0.0.1"):
        """Key and certificate of a server, in one file."""
        base = self.folder / f"{self.name}-{address}"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", f"{base}.key", "-out", f"{base}.csr")
        Path(f"{base}.ext").write_text(f"subjectAltName=IP:{address}\n")
        openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
                "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        both = Path(f"{base}.both")
        both.write_bytes(Path(f"{base}.key").read_bytes() + Path(f"{base}.pem").read_bytes())
        return both
