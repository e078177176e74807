"""Which form belongs to which act on chosen images."""

from images.making.forms.file_actions import CopyForm, ExportForm
from images.operations.enums import ActionKind
from images.operations.forms.actions import ConfirmForm
from images.operations.forms.edit_many import EditManyForm
from images.sharing.forms.share import ShareForm
from images.tags.forms.bulk import TagForm

_FORMS: dict[str, type[ConfirmForm]] = {
    ActionKind.EDIT: EditManyForm,
    ActionKind.TAG: TagForm,
    ActionKind.SHARE: ShareForm,
    ActionKind.COPY: CopyForm,
    ActionKind.EXPORT: ExportForm,
}


def form_for(kind: str) -> type[ConfirmForm]:
    """The form of an act of services.selection.OFFERED."""
    return _FORMS.get(kind, ConfirmForm)
