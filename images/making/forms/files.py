"""What is said of the file of an image: the ends of one that will come, the address of one that lies in OBS."""

from django import forms
from django.utils.translation import gettext_lazy

from images.core.ims_limits import REGISTER_FORMATS
from images.core.violations import RulesViolated, violation_message
from images.making.rules.files import check_import_address


class FileEndsForm(forms.Form):
    """A file that a script announces: `size` in bytes; `head` and `tail` are its first and last bytes."""

    name = forms.CharField(max_length=1000)
    size = forms.IntegerField(min_value=0, max_value=2**62)
    head = forms.FileField(required=False, allow_empty_file=True)
    tail = forms.FileField(required=False, allow_empty_file=True)


class RegisterForm(forms.Form):
    """5.1.6. `key` makes a form that is sent twice one operation."""

    image_url = forms.CharField(
        label=gettext_lazy("File in OBS"),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "mono",
                "placeholder": "my-bucket:folder/image.qcow2",
            }
        ),
        help_text=gettext_lazy(
            "Bucket and file with a colon between them, in the region of the project; of the storage class Standard."
        ),
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def clean_image_url(self) -> str:
        address: str = self.cleaned_data["image_url"]
        for broken in check_import_address(address, REGISTER_FORMATS):
            raise forms.ValidationError(violation_message(broken))
        return address

    def refuse(self, refusal: Exception) -> None:
        """What the service of the console said no to, beside the field or above all."""
        if isinstance(refusal, RulesViolated):
            for broken in refusal.broken:
                self.add_error(broken.field if broken.field in self.fields else None, violation_message(broken))
        else:
            self.add_error(None, str(refusal))
