import pghistory.models
import pytest
from django.contrib.auth.models import Group

from accounts.models import ClientMember, ClientTeam
from core.audit import audit_actor, audit_reason
from tests.factories import make_client, make_user
from users.models import Team, UserRole

pytestmark = pytest.mark.django_db


def test_a_change_carries_who_and_why():
    team = Team.objects.create(name="Gamma", slug="gamma")
    with audit_actor(7, "task:rename"), audit_reason("merged with Delta"):
        Team.objects.filter(pk=team.pk).update(name="Delta")
    event = Team.pgh_event_model.objects.filter(pgh_obj=team).latest("pgh_id")
    assert event.name == "Delta"
    assert event.pgh_context.metadata == {"user": 7, "path": "task:rename", "reason": "merged with Delta"}


def test_an_empty_reason_is_refused():
    with pytest.raises(ValueError, match="reason"), audit_reason("  "):
        pass


def test_a_change_without_a_context_is_still_recorded():
    team = Team.objects.create(name="Gamma", slug="gamma")
    assert pghistory.models.Context.objects.count() == 0
    assert Team.pgh_event_model.objects.filter(pgh_obj=team).count() == 1


def test_a_role_given_and_taken_is_recorded_with_who_did_it():
    user, role = make_user("rep"), Group.objects.create(name="night shift")
    with audit_actor(7, "admin"):
        user.groups.add(role)
        user.groups.remove(role)
    events = UserRole.pgh_event_model.objects.filter(user=user, group=role).order_by("pgh_id")
    assert [(e.pgh_label, e.pgh_context.metadata["user"]) for e in events] == [("insert", 7), ("delete", 7)]


def test_who_sees_a_portfolio_and_which_team_works_it_is_recorded():
    client, member, team = make_client(), make_user("client"), Team.objects.create(name="Night", slug="night")
    client.members.add(member)
    client.members.clear()
    client.teams.set([team])
    labels = ClientMember.pgh_event_model.objects.filter(user=member).order_by("pgh_id")
    assert [event.pgh_label for event in labels] == ["insert", "delete"]
    assert ClientTeam.pgh_event_model.objects.get(team=team).pgh_label == "insert"
