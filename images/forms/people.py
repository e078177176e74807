"""Words and checks of people, teams, members and roles."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from images.enums import Role
from images.models import Project, Team
from images.selectors.people import grantable, not_in


class PersonForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()])
    email = forms.EmailField(
        label=_("Mail address"), max_length=254, help_text=_("The link for choosing a password goes there.")
    )
    is_staff = forms.BooleanField(
        label=_("Administers this console"),
        required=False,
        help_text=_("May do everything in every project, and manages accounts, people and teams."),
    )

    @classmethod
    def of(cls, person, data=None) -> "PersonForm":
        """With what is known of somebody."""
        staff = person.is_staff or person.is_superuser
        return cls(data, initial={"username": person.username, "email": person.email, "is_staff": staff})


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    note = forms.CharField(label=_("What it is for"), max_length=300, required=False)


class MemberForm(forms.Form):
    user = forms.ModelChoiceField(
        get_user_model().objects.none(), label=_("Person"), to_field_name="username", empty_label=_("choose somebody")
    )

    def __init__(self, team: Team, data=None) -> None:
        super().__init__(data)
        self.fields["user"].queryset = not_in(team)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Where"), required=False, empty_label=_("in every project, also those to come")
    )

    def __init__(self, data=None) -> None:
        super().__init__(data)
        field = self.fields["project"]
        field.queryset = grantable()
        field.label_from_instance = lambda project: f"{project.name} ({project.region.name})"
