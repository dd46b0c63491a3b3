"""Certificates for tests, each its own authority."""
import dataclasses
import pathlib
import ssl

from process import run


@dataclasses.dataclass
class Certificate:
    certificate: pathlib.Path
    key: pathlib.Path

    def settings(self, tls="starttls"):
        """What an [[smtp]] needs of it."""
        return {"tls": tls, "tls_certificate": str(self.certificate), "tls_key": str(self.key)}

    def trust(self):
        """A client's context that takes this certificate and no other, whatever its name."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False
        return context


def new_certificate(folder, name="gate.example.org", stem="tls", also=()):
    """Readable by everybody, for servers give up root at different moments.

    also: more that it is valid for, as openssl(1) writes it: DNS:NAME, IP:ADDRESS.
    """
    made = Certificate(folder / f"{stem}.crt", folder / f"{stem}.key")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName={','.join([f'DNS:{name}', *also])}",
         "-keyout", made.key, "-out", made.certificate]).ok()
    made.key.chmod(0o644)
    return made
