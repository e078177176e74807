"""Words and checks of people, teams, members and roles."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from images.access.enums import Role
from images.access.models import Team
from images.clouds.models import Project
from images.core.choices import offer_rows
from images.people.queries import grantable, people_outside


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
    def of(cls, person: User, data: QueryDict | None = None) -> "PersonForm":
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

    def __init__(self, team: Team, data: QueryDict | None = None) -> None:
        super().__init__(data)
        offer_rows(self, "user", people_outside(team))


class _ProjectField(forms.ModelChoiceField[Project]):
    def label_from_instance(self, obj: Project) -> str:
        return f"{obj.name} ({obj.region.name})"


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    project = _ProjectField(
        Project.objects.none(), label=_("Where"), required=False, empty_label=_("in every project, also those to come")
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        offer_rows(self, "project", grantable())
