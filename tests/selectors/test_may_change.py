"""The list's own question whether somebody may change images has the answer of images.permissions."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from images.permissions import may_operate
from images.selectors.visibility import may_change


def plain(user: User) -> None:
    """Nothing is granted."""


def staff(user: User) -> None:
    user.is_staff = True
    user.save()


def superuser(user: User) -> None:
    user.is_superuser = True
    user.save()


def granted(user: User) -> None:
    user.user_permissions.add(Permission.objects.get(codename="operate"))


def in_a_group(user: User) -> None:
    group = Group.objects.create(name="builders")
    group.permissions.add(Permission.objects.get(codename="operate"))
    user.groups.add(group)


def other_permission(user: User) -> None:
    user.user_permissions.add(Permission.objects.get(codename="view_image"))


def gone(user: User) -> None:
    granted(user)
    user.is_active = False
    user.save()


@pytest.mark.parametrize(
    ("become", "may"),
    [(plain, False), (staff, True), (superuser, True), (granted, True), (in_a_group, True), (other_permission, False),
     (gone, False)],
)  # fmt: skip
def test_both_say_the_same(viewer, become, may):
    become(viewer)
    user = User.objects.get(pk=viewer.pk)
    assert may_change(user) is may_operate(user) is may


def test_nobody_may_not(db):
    assert not may_change(AnonymousUser())
