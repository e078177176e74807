from django.urls import path

from images.operations.views import consents, fields, operations, project_card, tray

urlpatterns = [
    path("images/<id:pk>/fields/", fields.fields, name="fields"),
    path("images/<id:pk>/field/", fields.field, name="field"),
    path("images/<id:pk>/field/now/", fields.field_now, name="field_now"),
    path("images/<id:pk>/field/undo/", fields.field_undo, name="field_undo"),
    path("consents/", consents.consents, name="consents"),
    path("consents/<id:pk>/", consents.consent, name="consent"),
    path("projects/<id:pk>/consent/", project_card.project_consent, name="project_consent"),
    path("operations/", operations.operations, name="operations"),
    path("operations/now/", operations.operations_now, name="operations_now"),
    path("operations/tray/", tray.tray, name="tray"),
    path("operations/<id:pk>/", operations.operation, name="operation"),
    path("operations/<id:pk>/state/", operations.operation_state, name="operation_state"),
    path("operations/<id:pk>/cancel/", operations.operation_cancel, name="operation_cancel"),
    path("operations/<id:pk>/retry/", operations.operation_retry, name="operation_retry"),
    path("operations/<id:pk>/undo/", operations.operation_undo, name="operation_undo"),
    path("operations/<id:pk>/items/<id:item>/settle/", operations.operation_settle, name="operation_settle"),
]
