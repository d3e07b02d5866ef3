"""Every error a person can meet, as one tree.

A message says what was wrong, where (file, row, field) and what to do. The command lines print it as one line and the
dashboard as one box; neither shows a traceback for an error of this tree.
"""


class WorkbenchError(Exception):
    """Base of every error of this project that is meant for a person."""


class ConfigError(WorkbenchError):
    """A command line flag, or a combination of flags, that cannot be honoured."""


class DataError(WorkbenchError):
    """A data folder or label file from which no data set can be made."""


class ImageError(WorkbenchError):
    """One image that cannot be used; the message is the reason that stands in ``skipped.csv``."""


class WeightsError(WorkbenchError):
    """Initial weights that cannot be fetched, read or fitted to the network."""


class LostProcessError(WorkbenchError):
    """A fit by several processes, one of which ended before the others; it can be continued."""


class PredictionsError(WorkbenchError):
    """Predictions that contradict themselves: unknown labels, logits that are not finite, repeated image ids."""


class RunFolderError(WorkbenchError):
    """A run folder that is missing, incomplete, damaged, newer than this version, or whose name is taken."""


class UnconfirmedError(RunFolderError):
    """What was asked for is done and can be read, but the disk did not confirm that it will last."""


class TableError(WorkbenchError):
    """A file of rows of any format that cannot be read as one; the message names row, column and reason."""


class ImportFileError(WorkbenchError):
    """A prediction file with rows that cannot be imported; the message names row, field and reason."""


class InstallationError(WorkbenchError):
    """Installed packages that do not fit together; the message holds the command that mends it."""
