"""Which form belongs to which act on chosen images."""

from images.enums import ActKind
from images.forms.acts import ConfirmForm
from images.forms.acts_edit import EditManyForm
from images.forms.acts_files import CopyForm, ExportForm
from images.forms.acts_share import ShareForm
from images.forms.acts_tag import TagForm

_FORMS: dict[str, type[ConfirmForm]] = {
    ActKind.EDIT: EditManyForm,
    ActKind.TAG: TagForm,
    ActKind.SHARE: ShareForm,
    ActKind.COPY: CopyForm,
    ActKind.EXPORT: ExportForm,
}


def form_for(kind: str) -> type[ConfirmForm]:
    """The form of an act of services.selection.OFFERED."""
    return _FORMS.get(kind, ConfirmForm)
