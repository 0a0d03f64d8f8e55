"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op



revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('calendar_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_versions')),
    sa.UniqueConstraint('version', name=op.f('uq_calendar_versions_version'))
    )
    op.create_table('content_stamp',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('stamp', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_content_stamp'))
    )
    op.create_table('events',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_role', sa.String(length=20), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_state', sa.String(length=20), nullable=True),
    sa.Column('to_state', sa.String(length=20), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_events_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index('ix_events_subject', ['subject', 'subject_id', 'id'], unique=False)

    op.create_table('jobs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('dedupe_key', sa.String(length=120), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.String(length=32), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_jobs_dedupe_key'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_next', ['state', 'run_at', 'id'], unique=False)

    op.create_table('projection_stamps',
    sa.Column('surface', sa.String(length=10), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('surface', name=op.f('pk_projection_stamps'))
    )
    op.create_table('rate_counts',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_rate_counts'))
    )
    with op.batch_alter_table('rate_counts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rate_counts_expires_at'), ['expires_at'], unique=False)

    op.create_table('released_facts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('surface', sa.String(length=10), nullable=False),
    sa.Column('board', sa.String(length=10), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('title_hans', sa.String(length=120), nullable=False),
    sa.Column('title_hant', sa.String(length=120), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('text_hans', sa.Text(), nullable=False),
    sa.Column('text_hant', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('category_code', sa.String(length=20), nullable=False),
    sa.Column('resident_group', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('unit_code', sa.String(length=30), nullable=True),
    sa.Column('place_hans', sa.String(length=120), nullable=False),
    sa.Column('place_hant', sa.String(length=120), nullable=False),
    sa.Column('place_en', sa.String(length=200), nullable=False),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reported_day', sa.Date(), nullable=False),
    sa.Column('promised_day', sa.Date(), nullable=True),
    sa.Column('fixed_day', sa.Date(), nullable=True),
    sa.Column('verified_day', sa.Date(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('before_photo', sa.String(length=32), nullable=True),
    sa.Column('before_alt', sa.String(length=200), nullable=False),
    sa.Column('after_photo', sa.String(length=32), nullable=True),
    sa.Column('after_alt', sa.String(length=200), nullable=False),
    sa.Column('reply', sa.Text(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_released_facts')),
    sa.UniqueConstraint('surface', 'number', name=op.f('uq_released_facts_surface_number'))
    )
    with op.batch_alter_table('released_facts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_released_facts_area_code'), ['area_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_released_facts_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_released_facts_category_code'), ['category_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_released_facts_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index('ix_released_facts_list', ['surface', 'board', 'day', 'id'], unique=False)
        batch_op.create_index('ix_released_facts_place', ['surface', 'lat', 'lon'], unique=False)

    op.create_table('released_figures',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_released_figures'))
    )
    op.create_table('resident_groups',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('hint_hans', sa.String(length=200), nullable=False),
    sa.Column('hint_hant', sa.String(length=200), nullable=False),
    sa.Column('hint_en', sa.String(length=300), nullable=False),
    sa.Column('sort', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_resident_groups'))
    )
    op.create_table('sessions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('staff', sa.Boolean(), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sessions'))
    )
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sessions_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_sessions_person_id'), ['person_id'], unique=False)

    op.create_table('stored_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_answers')),
    sa.UniqueConstraint('scope', 'key', name=op.f('uq_stored_answers_scope_key'))
    )
    with op.batch_alter_table('stored_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stored_answers_created_at'), ['created_at'], unique=False)

    op.create_table('units',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('short_hans', sa.String(length=30), nullable=False),
    sa.Column('short_hant', sa.String(length=30), nullable=False),
    sa.Column('short_en', sa.String(length=120), nullable=False),
    sa.Column('scope_hans', sa.Text(), nullable=False),
    sa.Column('scope_hant', sa.Text(), nullable=False),
    sa.Column('scope_en', sa.Text(), nullable=False),
    sa.Column('phone', sa.String(length=30), nullable=False),
    sa.Column('sort', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_units'))
    )
    op.create_table('areas',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('unit_code', sa.String(length=30), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('geometry', sa.JSON(), nullable=False),
    sa.Column('sort', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_areas_unit_code_units')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_areas'))
    )
    op.create_table('categories',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('parent_code', sa.String(length=20), nullable=True),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('definition_hans', sa.Text(), nullable=False),
    sa.Column('definition_hant', sa.Text(), nullable=False),
    sa.Column('definition_en', sa.Text(), nullable=False),
    sa.Column('default_unit', sa.String(length=30), nullable=False),
    sa.Column('co_units', sa.JSON(), nullable=False),
    sa.Column('limit_hours', sa.Integer(), nullable=False),
    sa.Column('clock', sa.String(length=10), nullable=False),
    sa.Column('urgency', sa.String(length=10), nullable=False),
    sa.Column('exposure_eligible', sa.Boolean(), nullable=False),
    sa.Column('exposure_mode', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('resident_group', sa.String(length=20), nullable=True),
    sa.Column('keywords_zh', sa.JSON(), nullable=False),
    sa.Column('keywords_en', sa.JSON(), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('hotlines', sa.JSON(), nullable=False),
    sa.Column('limit_version', sa.String(length=40), nullable=False),
    sa.Column('sort', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['parent_code'], ['categories.code'], name=op.f('fk_categories_parent_code_categories')),
    sa.ForeignKeyConstraint(['resident_group'], ['resident_groups.code'], name=op.f('fk_categories_resident_group_resident_groups')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_categories'))
    )
    op.create_table('people',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('unit_code', sa.String(length=30), nullable=True),
    sa.Column('post', sa.String(length=60), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=True),
    sa.Column('totp_secret', sa.String(length=200), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('shortcuts', sa.Boolean(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_people_unit_code_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people')),
    sa.UniqueConstraint('email', name=op.f('uq_people_email')),
    sa.UniqueConstraint('phone', name=op.f('uq_people_phone'))
    )
    op.create_table('grids',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('geometry', sa.JSON(), nullable=False),
    sa.Column('leader', sa.String(length=60), nullable=False),
    sa.Column('unit_code', sa.String(length=30), nullable=True),
    sa.Column('post', sa.String(length=60), nullable=False),
    sa.Column('target', sa.String(length=120), nullable=False),
    sa.Column('helper_unit_code', sa.String(length=30), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_grids_area_code_areas')),
    sa.ForeignKeyConstraint(['helper_unit_code'], ['units.code'], name=op.f('fk_grids_helper_unit_code_units')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_grids_unit_code_units')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_grids'))
    )
    with op.batch_alter_table('grids', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_grids_area_code'), ['area_code'], unique=False)

    op.create_table('known_devices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('device_hash', sa.String(length=64), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_known_devices_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_devices')),
    sa.UniqueConstraint('person_id', 'device_hash', name=op.f('uq_known_devices_person_id_device_hash'))
    )
    with op.batch_alter_table('known_devices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_devices_device_hash'), ['device_hash'], unique=False)

    op.create_table('photos',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('owner_kind', sa.String(length=10), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('original_key', sa.String(length=80), nullable=True),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('master_key', sa.String(length=80), nullable=True),
    sa.Column('masked_key', sa.String(length=80), nullable=True),
    sa.Column('public_name', sa.String(length=32), nullable=True),
    sa.Column('boxes', sa.JSON(), nullable=False),
    sa.Column('alt', sa.String(length=200), nullable=False),
    sa.Column('refusal', sa.String(length=40), nullable=True),
    sa.Column('checked_by', sa.Integer(), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['checked_by'], ['people.id'], name=op.f('fk_photos_checked_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photos')),
    sa.UniqueConstraint('public_name', name=op.f('uq_photos_public_name')),
    sa.UniqueConstraint('token', name=op.f('uq_photos_token'))
    )
    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.create_index('ix_photos_owner', ['owner_kind', 'owner_id', 'position'], unique=False)
        batch_op.create_index(batch_op.f('ix_photos_uploaded_at'), ['uploaded_at'], unique=False)

    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_recovery_codes_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_person_id'), ['person_id'], unique=False)

    op.create_table('staff_roles',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_staff_roles_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', 'role', name=op.f('pk_staff_roles'))
    )
    op.create_table('photo_evidence',
    sa.Column('photo_id', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['photo_id'], ['photos.id'], name=op.f('fk_photo_evidence_photo_id_photos'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('photo_id', name=op.f('pk_photo_evidence'))
    )
    op.create_table('points',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('type_code', sa.String(length=30), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('grid_code', sa.String(length=20), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('type_hans', sa.String(length=30), nullable=False),
    sa.Column('type_hant', sa.String(length=30), nullable=False),
    sa.Column('type_en', sa.String(length=60), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_points_area_code_areas')),
    sa.ForeignKeyConstraint(['grid_code'], ['grids.code'], name=op.f('fk_points_grid_code_grids')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_points'))
    )
    with op.batch_alter_table('points', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_points_area_code'), ['area_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_points_grid_code'), ['grid_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_points_type_code'), ['type_code'], unique=False)

    op.create_table('cases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('category_code', sa.String(length=20), nullable=True),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('grid_code', sa.String(length=20), nullable=True),
    sa.Column('point_code', sa.String(length=20), nullable=True),
    sa.Column('landmark', sa.String(length=200), nullable=False),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('urgency', sa.String(length=10), nullable=False),
    sa.Column('urgency_rank', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('queue_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('paused_minutes', sa.Integer(), nullable=True),
    sa.Column('calendar_version', sa.String(length=40), nullable=False),
    sa.Column('limit_version', sa.String(length=40), nullable=True),
    sa.Column('limit_hours', sa.Integer(), nullable=True),
    sa.Column('limit_clock', sa.String(length=10), nullable=True),
    sa.Column('unit_code', sa.String(length=30), nullable=True),
    sa.Column('routed_by', sa.String(length=20), nullable=True),
    sa.Column('dispatched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sign_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deemed_signed', sa.Boolean(), nullable=False),
    sa.Column('first_fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verifier_id', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolution', sa.String(length=15), nullable=True),
    sa.Column('reason_code', sa.String(length=30), nullable=True),
    sa.Column('reason_words', sa.Text(), nullable=False),
    sa.Column('rejected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revived', sa.Boolean(), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('referred_to', sa.String(length=120), nullable=False),
    sa.Column('report_count', sa.Integer(), nullable=False),
    sa.Column('supporter_count', sa.Integer(), nullable=False),
    sa.Column('photo_count', sa.Integer(), nullable=False),
    sa.Column('rework_count', sa.Integer(), nullable=False),
    sa.Column('reopen_count', sa.Integer(), nullable=False),
    sa.Column('answered', sa.Boolean(), nullable=False),
    sa.Column('hinted', sa.Boolean(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('public_title_hans', sa.String(length=120), nullable=False),
    sa.Column('public_title_en', sa.String(length=200), nullable=False),
    sa.Column('public_precision', sa.String(length=10), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_cases_area_code_areas')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_cases_category_code_categories')),
    sa.ForeignKeyConstraint(['grid_code'], ['grids.code'], name=op.f('fk_cases_grid_code_grids')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['cases.id'], name=op.f('fk_cases_merged_into_id_cases')),
    sa.ForeignKeyConstraint(['point_code'], ['points.code'], name=op.f('fk_cases_point_code_points')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_cases_unit_code_units')),
    sa.ForeignKeyConstraint(['verifier_id'], ['people.id'], name=op.f('fk_cases_verifier_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('number', name=op.f('uq_cases_number'))
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.create_index('ix_cases_area_queue', ['state', 'area_code', 'urgency_rank', 'queue_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_category_queue', ['state', 'category_code', 'urgency_rank', 'queue_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_cases_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index('ix_cases_place', ['grid_code', 'received_at'], unique=False)
        batch_op.create_index('ix_cases_queue', ['state', 'urgency_rank', 'queue_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_unit_queue', ['unit_code', 'state', 'queue_at', 'id'], unique=False)
        batch_op.create_index('ix_cases_verifier_queue', ['verifier_id', 'state', 'queue_at', 'id'], unique=False)

    op.create_table('reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('category_code', sa.String(length=20), nullable=True),
    sa.Column('resident_group', sa.String(length=20), nullable=True),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('grid_code', sa.String(length=20), nullable=True),
    sa.Column('point_code', sa.String(length=20), nullable=True),
    sa.Column('landmark', sa.String(length=200), nullable=False),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('datum', sa.String(length=10), nullable=False),
    sa.Column('place_source', sa.String(length=10), nullable=False),
    sa.Column('accuracy', sa.Integer(), nullable=True),
    sa.Column('contact_name', sa.String(length=60), nullable=False),
    sa.Column('contact_phone', sa.String(length=20), nullable=True),
    sa.Column('contact_phone_typed', sa.String(length=60), nullable=False),
    sa.Column('contact_email', sa.String(length=254), nullable=True),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_reports_area_code_areas')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_reports_category_code_categories')),
    sa.ForeignKeyConstraint(['grid_code'], ['grids.code'], name=op.f('fk_reports_grid_code_grids')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_reports_person_id_people')),
    sa.ForeignKeyConstraint(['point_code'], ['points.code'], name=op.f('fk_reports_point_code_points')),
    sa.ForeignKeyConstraint(['resident_group'], ['resident_groups.code'], name=op.f('fk_reports_resident_group_resident_groups')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports')),
    sa.UniqueConstraint('number', name=op.f('uq_reports_number'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_received_at'), ['received_at'], unique=False)

    op.create_table('appeals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('upheld', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_appeals_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_appeals_decided_by_people')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_appeals_report_id_reports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeals'))
    )
    with op.batch_alter_table('appeals', schema=None) as batch_op:
        batch_op.create_index('ix_appeals_case', ['case_id'], unique=False)
        batch_op.create_index('ix_appeals_open', ['decided_at', 'due_at'], unique=False)

    op.create_table('board_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('board', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title_hans', sa.String(length=120), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('text_hans', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('precision', sa.String(length=10), nullable=False),
    sa.Column('before_photo_id', sa.Integer(), nullable=True),
    sa.Column('after_photo_id', sa.Integer(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('reviewer_id', sa.Integer(), nullable=True),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('notified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply', sa.Text(), nullable=False),
    sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawal_reason', sa.String(length=30), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state NOT IN ('published','corrected') OR reviewer_id IS NOT NULL", name=op.f('ck_board_entries_reviewed_before_published')),
    sa.CheckConstraint('reviewer_id IS NULL OR reviewer_id <> author_id', name=op.f('ck_board_entries_two_people')),
    sa.ForeignKeyConstraint(['after_photo_id'], ['photos.id'], name=op.f('fk_board_entries_after_photo_id_photos')),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_board_entries_author_id_people')),
    sa.ForeignKeyConstraint(['before_photo_id'], ['photos.id'], name=op.f('fk_board_entries_before_photo_id_photos')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_board_entries_case_id_cases')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['people.id'], name=op.f('fk_board_entries_reviewer_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_board_entries')),
    sa.UniqueConstraint('case_id', 'board', name=op.f('uq_board_entries_case_id_board')),
    sa.UniqueConstraint('number', name=op.f('uq_board_entries_number'))
    )
    with op.batch_alter_table('board_entries', schema=None) as batch_op:
        batch_op.create_index('ix_board_entries_state', ['state', 'id'], unique=False)

    op.create_table('case_reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('origin_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_reports_case_id_cases')),
    sa.ForeignKeyConstraint(['origin_id'], ['cases.id'], name=op.f('fk_case_reports_origin_id_cases')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_case_reports_report_id_reports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_reports')),
    sa.UniqueConstraint('report_id', name=op.f('uq_case_reports_report_id'))
    )
    with op.batch_alter_table('case_reports', schema=None) as batch_op:
        batch_op.create_index('ix_case_reports_case', ['case_id'], unique=False)

    op.create_table('claims',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_claims_case_id_cases')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_claims_person_id_people')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_claims'))
    )
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claims_person_id'), ['person_id'], unique=False)

    op.create_table('drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_drafts_person_id_people')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_drafts_report_id_reports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts')),
    sa.UniqueConstraint('key', name=op.f('uq_drafts_key'))
    )
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_drafts_updated_at'), ['updated_at'], unique=False)

    op.create_table('fixes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=30), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('resolution', sa.String(length=15), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_fixes_author_id_people')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_fixes_case_id_cases')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_fixes_unit_code_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fixes'))
    )
    with op.batch_alter_table('fixes', schema=None) as batch_op:
        batch_op.create_index('ix_fixes_case', ['case_id', 'id'], unique=False)

    op.create_table('messages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_messages_report_id_reports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index('ix_messages_report', ['report_id', 'id'], unique=False)

    op.create_table('notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_notes_author_id_people')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_notes_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    with op.batch_alter_table('notes', schema=None) as batch_op:
        batch_op.create_index('ix_notes_case', ['case_id', 'id'], unique=False)

    op.create_table('questions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_questions_asked_by_people')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_questions_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions'))
    )
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.create_index('ix_questions_case', ['case_id', 'id'], unique=False)

    op.create_table('supporters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('device_hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_supporters_case_id_cases')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supporters')),
    sa.UniqueConstraint('case_id', 'device_hash', name=op.f('uq_supporters_case_id_device_hash'))
    )
    op.create_table('checks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('fix_id', sa.Integer(), nullable=False),
    sa.Column('verifier_id', sa.Integer(), nullable=False),
    sa.Column('verifier_unit', sa.String(length=30), nullable=False),
    sa.Column('fixer_unit', sa.String(length=30), nullable=False),
    sa.Column('how', sa.String(length=10), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('verifier_unit <> fixer_unit', name=op.f('ck_checks_other_unit')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_checks_case_id_cases')),
    sa.ForeignKeyConstraint(['fix_id'], ['fixes.id'], name=op.f('fk_checks_fix_id_fixes')),
    sa.ForeignKeyConstraint(['verifier_id'], ['people.id'], name=op.f('fk_checks_verifier_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checks')),
    sa.UniqueConstraint('fix_id', name=op.f('uq_checks_fix_id'))
    )
    with op.batch_alter_table('checks', schema=None) as batch_op:
        batch_op.create_index('ix_checks_case', ['case_id', 'id'], unique=False)

    op.create_table('entry_objections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('contact', sa.String(length=254), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('upheld', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_entry_objections_decided_by_people')),
    sa.ForeignKeyConstraint(['entry_id'], ['board_entries.id'], name=op.f('fk_entry_objections_entry_id_board_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_objections'))
    )
    with op.batch_alter_table('entry_objections', schema=None) as batch_op:
        batch_op.create_index('ix_entry_objections_entry', ['entry_id'], unique=False)
        batch_op.create_index('ix_entry_objections_open', ['decided_at', 'due_at'], unique=False)



def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table('entry_objections', schema=None) as batch_op:
        batch_op.drop_index('ix_entry_objections_open')
        batch_op.drop_index('ix_entry_objections_entry')

    op.drop_table('entry_objections')
    with op.batch_alter_table('checks', schema=None) as batch_op:
        batch_op.drop_index('ix_checks_case')

    op.drop_table('checks')
    op.drop_table('supporters')
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.drop_index('ix_questions_case')

    op.drop_table('questions')
    with op.batch_alter_table('notes', schema=None) as batch_op:
        batch_op.drop_index('ix_notes_case')

    op.drop_table('notes')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_report')

    op.drop_table('messages')
    with op.batch_alter_table('fixes', schema=None) as batch_op:
        batch_op.drop_index('ix_fixes_case')

    op.drop_table('fixes')
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_drafts_updated_at'))

    op.drop_table('drafts')
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_claims_person_id'))

    op.drop_table('claims')
    with op.batch_alter_table('case_reports', schema=None) as batch_op:
        batch_op.drop_index('ix_case_reports_case')

    op.drop_table('case_reports')
    with op.batch_alter_table('board_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_board_entries_state')

    op.drop_table('board_entries')
    with op.batch_alter_table('appeals', schema=None) as batch_op:
        batch_op.drop_index('ix_appeals_open')
        batch_op.drop_index('ix_appeals_case')

    op.drop_table('appeals')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reports_received_at'))
        batch_op.drop_index(batch_op.f('ix_reports_person_id'))

    op.drop_table('reports')
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index('ix_cases_verifier_queue')
        batch_op.drop_index('ix_cases_unit_queue')
        batch_op.drop_index('ix_cases_queue')
        batch_op.drop_index('ix_cases_place')
        batch_op.drop_index(batch_op.f('ix_cases_merged_into_id'))
        batch_op.drop_index('ix_cases_category_queue')
        batch_op.drop_index('ix_cases_area_queue')

    op.drop_table('cases')
    with op.batch_alter_table('points', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_points_type_code'))
        batch_op.drop_index(batch_op.f('ix_points_grid_code'))
        batch_op.drop_index(batch_op.f('ix_points_area_code'))

    op.drop_table('points')
    op.drop_table('photo_evidence')
    op.drop_table('staff_roles')
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_codes_person_id'))

    op.drop_table('recovery_codes')
    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_photos_uploaded_at'))
        batch_op.drop_index('ix_photos_owner')

    op.drop_table('photos')
    with op.batch_alter_table('known_devices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_devices_device_hash'))

    op.drop_table('known_devices')
    with op.batch_alter_table('grids', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_grids_area_code'))

    op.drop_table('grids')
    op.drop_table('people')
    op.drop_table('categories')
    op.drop_table('areas')
    op.drop_table('units')
    with op.batch_alter_table('stored_answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stored_answers_created_at'))

    op.drop_table('stored_answers')
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sessions_person_id'))
        batch_op.drop_index(batch_op.f('ix_sessions_expires_at'))

    op.drop_table('sessions')
    op.drop_table('resident_groups')
    op.drop_table('released_figures')
    with op.batch_alter_table('released_facts', schema=None) as batch_op:
        batch_op.drop_index('ix_released_facts_place')
        batch_op.drop_index('ix_released_facts_list')
        batch_op.drop_index(batch_op.f('ix_released_facts_expires_at'))
        batch_op.drop_index(batch_op.f('ix_released_facts_category_code'))
        batch_op.drop_index(batch_op.f('ix_released_facts_case_id'))
        batch_op.drop_index(batch_op.f('ix_released_facts_area_code'))

    op.drop_table('released_facts')
    with op.batch_alter_table('rate_counts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rate_counts_expires_at'))

    op.drop_table('rate_counts')
    op.drop_table('projection_stamps')
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_jobs_next')

    op.drop_table('jobs')
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('ix_events_subject')
        batch_op.drop_index(batch_op.f('ix_events_actor_id'))

    op.drop_table('events')
    op.drop_table('content_stamp')
    op.drop_table('calendar_versions')
    op.drop_table('audit_head')
