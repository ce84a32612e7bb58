"""Who did it and why (the audit's context) is never deleted; it is only added to while its request lasts."""

from django.db import migrations

KEEP = """
    CREATE FUNCTION core_context_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR current_setting('collections.may_be_emptied', true) IS DISTINCT FROM 'yes' THEN
            RAISE EXCEPTION 'Rows of % are kept for good.', TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER never_deleted BEFORE DELETE ON pghistory_context FOR EACH ROW EXECUTE FUNCTION core_context_is_kept();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON pghistory_context FOR EACH STATEMENT EXECUTE FUNCTION core_context_is_kept();
"""
UNDO = """
    DROP TRIGGER never_deleted ON pghistory_context;
    DROP TRIGGER never_emptied ON pghistory_context;
    DROP FUNCTION core_context_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("pghistory", "0007_auto_20250421_0444")]
    operations = [migrations.RunSQL(KEEP, UNDO)]
