"""A gate whose calendar a test sets forward; its waits last as long as ever."""
import sys

from gate import ENVIRONMENT, Gate, program


class ShiftedGate(Gate):
    def __init__(self, folder, backend, **changes):
        self._shift = folder / "shift"
        library = program().parent / "tests/libshifted_clock.so"
        assert library.exists(), f"{library} is not built"
        self.environment = ENVIRONMENT | {"LD_PRELOAD": str(library),
                                          "SHIFTED_CLOCK": str(self._shift)}
        super().__init__(folder, backend, **changes)
        self.set_forward(0)

    def set_forward(self, seconds):
        """So far from the true time."""
        with open(self._shift, "r+b" if self._shift.exists() else "w+b") as shift:
            shift.write(seconds.to_bytes(8, sys.byteorder, signed=True))
        self._shift.chmod(0o644)
