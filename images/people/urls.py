from django.urls import path

from images.people.views import me, people, teams

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/sessions/end/", me.session_end, name="session_end"),
    path("people/", people.people, name="people"),
    path("people/add/", people.person_add, name="person_add"),
    path("people/<id:pk>/", people.person, name="person"),
    path("people/<id:pk>/change/", people.person_change, name="person_change"),
    path("people/<id:pk>/active/", people.person_active, name="person_active"),
    path("people/<id:pk>/link/", people.person_link, name="person_link"),
    path("people/<id:pk>/second-factor/", people.person_second_factor, name="person_second_factor"),
    path("people/<id:pk>/sessions/", people.person_sessions, name="person_sessions"),
    path("teams/", teams.teams, name="teams"),
    path("teams/add/", teams.team_add, name="team_add"),
    path("teams/<id:pk>/", teams.team, name="team"),
    path("teams/<id:pk>/change/", teams.team_change, name="team_change"),
    path("teams/<id:pk>/remove/", teams.team_remove, name="team_remove"),
    path("teams/<id:pk>/members/add/", teams.team_member_add, name="team_member_add"),
    path("teams/<id:pk>/members/<id:user>/remove/", teams.team_member_remove, name="team_member_remove"),
    path("teams/<id:pk>/roles/add/", teams.team_grant, name="team_grant"),
    path("teams/<id:pk>/roles/<id:grant>/remove/", teams.team_revoke, name="team_revoke"),
    path("projects/<id:pk>/people/", people.project_people, name="project_people"),
]
