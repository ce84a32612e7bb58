from django.db import models


class Anchor(models.TextChoices):
    DUE = "due", "Due date"
    PLACEMENT = "placement", "Placement date"
    LAST_STEP = "last_step", "Previous step"


class Action(models.TextChoices):
    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letter"
    TEXT = "text", "Text"
    NOTICE = "notice", "E-mail where billing is electronic, else letter"
    CALL_TASK = "call_task", "Call task"
    ESCALATION = "escalation", "Escalation"


class StrategyStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    PAUSED = "paused", "Paused"
    RETIRED = "retired", "Retired"


class RunResult(models.TextChoices):
    FIRED = "fired", "Fired"
    SKIPPED = "skipped", "Skipped"
