"""Volunteering: posts, shifts, bookings, attendance, hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op



revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('post_kinds',
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('duties', sa.JSON(), nullable=False),
    sa.Column('must_not', sa.JSON(), nullable=False),
    sa.Column('equipment', sa.JSON(), nullable=False),
    sa.Column('usual_slots', sa.JSON(), nullable=False),
    sa.Column('place_types', sa.JSON(), nullable=False),
    sa.Column('shift_minutes', sa.Integer(), nullable=False),
    sa.Column('default_capacity', sa.Integer(), nullable=False),
    sa.Column('min_age', sa.Integer(), nullable=False),
    sa.Column('guardian_consent', sa.Boolean(), nullable=False),
    sa.Column('briefing_required', sa.Boolean(), nullable=False),
    sa.Column('insurance_required', sa.Boolean(), nullable=False),
    sa.Column('risk', sa.String(length=10), nullable=False),
    sa.Column('outdoors', sa.Boolean(), nullable=False),
    sa.Column('sort', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_post_kinds'))
    )
    op.create_table('hours_notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=16), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('until_day', sa.Date(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_hours_notices_created_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_notices')),
    sa.UniqueConstraint('slug', name=op.f('uq_hours_notices_slug'))
    )
    op.create_table('stops',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=10), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=True),
    sa.Column('outdoors_only', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_stops_area_code_areas')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_stops_created_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stops'))
    )
    op.create_table('volunteers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('guardian_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('birth_day', sa.Date(), nullable=False),
    sa.Column('guardian_name', sa.String(length=60), nullable=False),
    sa.Column('guardian_phone', sa.String(length=20), nullable=False),
    sa.Column('consent_on', sa.Date(), nullable=True),
    sa.Column('briefed_on', sa.Date(), nullable=True),
    sa.Column('insured_until', sa.Date(), nullable=True),
    sa.Column('care_approved_on', sa.Date(), nullable=True),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('areas', sa.JSON(), nullable=False),
    sa.Column('times', sa.JSON(), nullable=False),
    sa.Column('emergency_contact', sa.String(length=80), nullable=False),
    sa.Column('on_call', sa.Boolean(), nullable=False),
    sa.Column('reminders', sa.Boolean(), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspend_words', sa.Text(), nullable=False),
    sa.Column('feed_nonce', sa.String(length=32), nullable=True),
    sa.Column('feed_hash', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(person_id IS NULL) <> (guardian_id IS NULL)', name=op.f('ck_volunteers_account')),
    sa.ForeignKeyConstraint(['guardian_id'], ['volunteers.id'], name=op.f('fk_volunteers_guardian_id_volunteers')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_volunteers_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_volunteers')),
    sa.UniqueConstraint('feed_hash', name=op.f('uq_volunteers_feed_hash')),
    sa.UniqueConstraint('person_id', name=op.f('uq_volunteers_person_id'))
    )
    with op.batch_alter_table('volunteers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_volunteers_guardian_id'), ['guardian_id'], unique=False)

    op.create_table('teams',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=15), nullable=False),
    sa.Column('leader_id', sa.Integer(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=True),
    sa.Column('join_code', sa.String(length=16), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by'], ['people.id'], name=op.f('fk_teams_approved_by_people')),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_teams_area_code_areas')),
    sa.ForeignKeyConstraint(['leader_id'], ['volunteers.id'], name=op.f('fk_teams_leader_id_volunteers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teams')),
    sa.UniqueConstraint('join_code', name=op.f('uq_teams_join_code')),
    sa.UniqueConstraint('name', name=op.f('uq_teams_name'))
    )
    op.create_table('posts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind_code', sa.String(length=30), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('point_code', sa.String(length=20), nullable=True),
    sa.Column('place_hans', sa.String(length=60), nullable=False),
    sa.Column('place_hant', sa.String(length=60), nullable=False),
    sa.Column('place_en', sa.String(length=120), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('radius_m', sa.Integer(), nullable=False),
    sa.Column('hazards', sa.JSON(), nullable=False),
    sa.Column('min_age', sa.Integer(), nullable=True),
    sa.Column('lead_id', sa.Integer(), nullable=True),
    sa.Column('qr_secret', sa.String(length=64), nullable=False),
    sa.Column('slug', sa.String(length=16), nullable=False),
    sa.Column('care', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('radius_m BETWEEN 20 AND 5000', name=op.f('ck_posts_radius')),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_posts_area_code_areas')),
    sa.ForeignKeyConstraint(['kind_code'], ['post_kinds.code'], name=op.f('fk_posts_kind_code_post_kinds')),
    sa.ForeignKeyConstraint(['lead_id'], ['people.id'], name=op.f('fk_posts_lead_id_people')),
    sa.ForeignKeyConstraint(['point_code'], ['points.code'], name=op.f('fk_posts_point_code_points')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('slug', name=op.f('uq_posts_slug'))
    )
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.create_index('ix_posts_area', ['area_code', 'kind_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_posts_lead_id'), ['lead_id'], unique=False)

    op.create_table('team_members',
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('volunteer_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_team_members_team_id_teams')),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_team_members_volunteer_id_volunteers')),
    sa.PrimaryKeyConstraint('team_id', 'volunteer_id', name=op.f('pk_team_members'))
    )
    with op.batch_alter_table('team_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_team_members_volunteer_id'), ['volunteer_id'], unique=False)

    op.create_table('sections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('name_hans', sa.String(length=60), nullable=False),
    sa.Column('name_hant', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('extent_hans', sa.String(length=120), nullable=False),
    sa.Column('extent_hant', sa.String(length=120), nullable=False),
    sa.Column('extent_en', sa.String(length=200), nullable=False),
    sa.Column('metres', sa.Integer(), nullable=True),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_sections_post_id_posts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sections'))
    )
    with op.batch_alter_table('sections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sections_post_id'), ['post_id'], unique=False)

    op.create_table('shift_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('weekdays', sa.JSON(), nullable=False),
    sa.Column('starts', sa.String(length=5), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('min_needed', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('until_day', sa.Date(), nullable=False),
    sa.Column('exceptions', sa.JSON(), nullable=False),
    sa.Column('drawn', sa.Boolean(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('made_until', sa.Date(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('capacity BETWEEN 1 AND 500', name=op.f('ck_shift_templates_capacity')),
    sa.CheckConstraint('from_day <= until_day', name=op.f('ck_shift_templates_days')),
    sa.CheckConstraint('minutes BETWEEN 30 AND 960', name=op.f('ck_shift_templates_minutes')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_shift_templates_post_id_posts')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_shift_templates_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift_templates'))
    )
    with op.batch_alter_table('shift_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shift_templates_post_id'), ['post_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shift_templates_team_id'), ['team_id'], unique=False)

    op.create_table('adoptions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('section_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('until_day', sa.Date(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts', sa.String(length=5), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('template_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('from_day <= until_day', name=op.f('ck_adoptions_days')),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_adoptions_decided_by_people')),
    sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_adoptions_section_id_sections')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_adoptions_team_id_teams')),
    sa.ForeignKeyConstraint(['template_id'], ['shift_templates.id'], name=op.f('fk_adoptions_template_id_shift_templates')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_adoptions'))
    )
    with op.batch_alter_table('adoptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoptions_team_id'), ['team_id'], unique=False)
        batch_op.create_index('ux_adoptions_held', ['section_id'], unique=True, sqlite_where=sa.text("state IN ('asked', 'running')"), postgresql_where=sa.text("state IN ('asked', 'running')"))

    op.create_table('shifts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('template_id', sa.Integer(), nullable=True),
    sa.Column('template_day', sa.Date(), nullable=True),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('kind_code', sa.String(length=30), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('min_needed', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('next_wait_no', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancel_words', sa.Text(), nullable=False),
    sa.Column('stop_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('lead_id', sa.Integer(), nullable=True),
    sa.Column('draw_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('draw_seed', sa.String(length=64), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('care_address', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('min_needed >= 0 AND min_needed <= capacity', name=op.f('ck_shifts_needed')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_shifts_span')),
    sa.CheckConstraint('taken >= 0 AND taken <= capacity', name=op.f('ck_shifts_taken')),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_shifts_area_code_areas')),
    sa.ForeignKeyConstraint(['kind_code'], ['post_kinds.code'], name=op.f('fk_shifts_kind_code_post_kinds')),
    sa.ForeignKeyConstraint(['lead_id'], ['people.id'], name=op.f('fk_shifts_lead_id_people')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_shifts_post_id_posts')),
    sa.ForeignKeyConstraint(['stop_id'], ['stops.id'], name=op.f('fk_shifts_stop_id_stops')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_shifts_team_id_teams')),
    sa.ForeignKeyConstraint(['template_id'], ['shift_templates.id'], name=op.f('fk_shifts_template_id_shift_templates')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts')),
    sa.UniqueConstraint('template_id', 'template_day', name=op.f('uq_shifts_template_id_template_day'))
    )
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.create_index('ix_shifts_area', ['status', 'area_code', 'starts_at', 'id'], unique=False)
        batch_op.create_index('ix_shifts_kind', ['status', 'kind_code', 'starts_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shifts_lead_id'), ['lead_id'], unique=False)
        batch_op.create_index('ix_shifts_open', ['status', 'starts_at', 'id'], unique=False)
        batch_op.create_index('ix_shifts_post', ['post_id', 'starts_at'], unique=False)

    op.create_table('parties',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('shift_id', sa.Integer(), nullable=False),
    sa.Column('leader_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['leader_id'], ['volunteers.id'], name=op.f('fk_parties_leader_id_volunteers')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_parties_shift_id_shifts')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_parties_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parties'))
    )
    with op.batch_alter_table('parties', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_parties_shift_id'), ['shift_id'], unique=False)

    op.create_table('bookings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('shift_id', sa.Integer(), nullable=False),
    sa.Column('volunteer_id', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('wait_no', sa.Integer(), nullable=True),
    sa.Column('offered_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('override', sa.Text(), nullable=False),
    sa.Column('ask_again', sa.Boolean(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['parties.id'], name=op.f('fk_bookings_party_id_parties')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_bookings_shift_id_shifts')),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_bookings_volunteer_id_volunteers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bookings')),
    sa.UniqueConstraint('key', name=op.f('uq_bookings_key'))
    )
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.create_index('ix_bookings_line', ['shift_id', 'state', 'wait_no'], unique=False)
        batch_op.create_index('ix_bookings_offers', ['state', 'offered_until'], unique=False)
        batch_op.create_index(batch_op.f('ix_bookings_party_id'), ['party_id'], unique=False)
        batch_op.create_index('ix_bookings_volunteer', ['volunteer_id', 'state'], unique=False)
        batch_op.create_index('ux_bookings_active', ['shift_id', 'volunteer_id'], unique=True, sqlite_where=sa.text("state IN ('attended', 'confirmed', 'left_early', 'offered', 'waiting')"), postgresql_where=sa.text("state IN ('attended', 'confirmed', 'left_early', 'offered', 'waiting')"))

    op.create_table('attendances',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('distance_m', sa.Integer(), nullable=True),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('entered_by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint("direction IN ('in', 'out')", name=op.f('ck_attendances_direction')),
    sa.ForeignKeyConstraint(['booking_id'], ['bookings.id'], name=op.f('fk_attendances_booking_id_bookings')),
    sa.ForeignKeyConstraint(['entered_by'], ['people.id'], name=op.f('fk_attendances_entered_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendances')),
    sa.UniqueConstraint('booking_id', 'direction', name=op.f('uq_attendances_booking_id_direction')),
    sa.UniqueConstraint('nonce', name=op.f('uq_attendances_nonce'))
    )
    op.create_table('booking_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=24), nullable=False),
    sa.Column('from_state', sa.String(length=24), nullable=True),
    sa.Column('to_state', sa.String(length=24), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_role', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['people.id'], name=op.f('fk_booking_events_actor_id_people')),
    sa.ForeignKeyConstraint(['booking_id'], ['bookings.id'], name=op.f('fk_booking_events_booking_id_bookings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_events'))
    )
    with op.batch_alter_table('booking_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_events_booking_id'), ['booking_id'], unique=False)

    op.create_table('hours_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('volunteer_id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('requested_by', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('decided_by <> requested_by', name=op.f('ck_hours_requests_two_people')),
    sa.ForeignKeyConstraint(['booking_id'], ['bookings.id'], name=op.f('fk_hours_requests_booking_id_bookings')),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_hours_requests_decided_by_people')),
    sa.ForeignKeyConstraint(['requested_by'], ['people.id'], name=op.f('fk_hours_requests_requested_by_people')),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_hours_requests_volunteer_id_volunteers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_requests')),
    sa.UniqueConstraint('key', name=op.f('uq_hours_requests_key'))
    )
    with op.batch_alter_table('hours_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hours_requests_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_hours_requests_volunteer_id'), ['volunteer_id'], unique=False)
        batch_op.create_index('ux_hours_requests_pending', ['booking_id'], unique=True, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

    op.create_table('hours_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('volunteer_id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('entered_by', sa.Integer(), nullable=True),
    sa.Column('approved_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind = 'auto' OR (entered_by IS NOT NULL AND approved_by IS NOT NULL)", name=op.f('ck_hours_entries_approved')),
    sa.CheckConstraint("kind IN ('auto', 'adjust', 'backfill', 'reversal')", name=op.f('ck_hours_entries_kind')),
    sa.CheckConstraint('approved_by <> entered_by', name=op.f('ck_hours_entries_two_people')),
    sa.ForeignKeyConstraint(['approved_by'], ['people.id'], name=op.f('fk_hours_entries_approved_by_people')),
    sa.ForeignKeyConstraint(['booking_id'], ['bookings.id'], name=op.f('fk_hours_entries_booking_id_bookings')),
    sa.ForeignKeyConstraint(['entered_by'], ['people.id'], name=op.f('fk_hours_entries_entered_by_people')),
    sa.ForeignKeyConstraint(['request_id'], ['hours_requests.id'], name=op.f('fk_hours_entries_request_id_hours_requests')),
    sa.ForeignKeyConstraint(['reverses_id'], ['hours_entries.id'], name=op.f('fk_hours_entries_reverses_id_hours_entries')),
    sa.ForeignKeyConstraint(['volunteer_id'], ['volunteers.id'], name=op.f('fk_hours_entries_volunteer_id_volunteers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_entries')),
    sa.UniqueConstraint('request_id', name=op.f('uq_hours_entries_request_id')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_hours_entries_reverses_id'))
    )
    with op.batch_alter_table('hours_entries', schema=None) as batch_op:
        batch_op.create_index('ix_hours_entries_volunteer', ['volunteer_id', 'day'], unique=False)
        batch_op.create_index('ux_hours_entries_auto', ['booking_id'], unique=True, sqlite_where=sa.text("kind = 'auto'"), postgresql_where=sa.text("kind = 'auto'"))

    op.create_table('hours_objections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_hours_objections_decided_by_people')),
    sa.ForeignKeyConstraint(['entry_id'], ['hours_entries.id'], name=op.f('fk_hours_objections_entry_id_hours_entries')),
    sa.ForeignKeyConstraint(['notice_id'], ['hours_notices.id'], name=op.f('fk_hours_objections_notice_id_hours_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_objections')),
    sa.UniqueConstraint('key', name=op.f('uq_hours_objections_key'))
    )
    with op.batch_alter_table('hours_objections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hours_objections_entry_id'), ['entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_hours_objections_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_hours_objections_state'), ['state'], unique=False)



def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table('hours_objections', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hours_objections_state'))
        batch_op.drop_index(batch_op.f('ix_hours_objections_notice_id'))
        batch_op.drop_index(batch_op.f('ix_hours_objections_entry_id'))

    op.drop_table('hours_objections')
    with op.batch_alter_table('hours_entries', schema=None) as batch_op:
        batch_op.drop_index('ux_hours_entries_auto', sqlite_where=sa.text("kind = 'auto'"), postgresql_where=sa.text("kind = 'auto'"))
        batch_op.drop_index('ix_hours_entries_volunteer')

    op.drop_table('hours_entries')
    with op.batch_alter_table('hours_requests', schema=None) as batch_op:
        batch_op.drop_index('ux_hours_requests_pending', sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
        batch_op.drop_index(batch_op.f('ix_hours_requests_volunteer_id'))
        batch_op.drop_index(batch_op.f('ix_hours_requests_state'))

    op.drop_table('hours_requests')
    with op.batch_alter_table('booking_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_booking_events_booking_id'))

    op.drop_table('booking_events')
    op.drop_table('attendances')
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.drop_index('ux_bookings_active', sqlite_where=sa.text("state IN ('attended', 'confirmed', 'left_early', 'offered', 'waiting')"), postgresql_where=sa.text("state IN ('attended', 'confirmed', 'left_early', 'offered', 'waiting')"))
        batch_op.drop_index('ix_bookings_volunteer')
        batch_op.drop_index(batch_op.f('ix_bookings_party_id'))
        batch_op.drop_index('ix_bookings_offers')
        batch_op.drop_index('ix_bookings_line')

    op.drop_table('bookings')
    with op.batch_alter_table('parties', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_parties_shift_id'))

    op.drop_table('parties')
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.drop_index('ix_shifts_post')
        batch_op.drop_index('ix_shifts_open')
        batch_op.drop_index(batch_op.f('ix_shifts_lead_id'))
        batch_op.drop_index('ix_shifts_kind')
        batch_op.drop_index('ix_shifts_area')

    op.drop_table('shifts')
    with op.batch_alter_table('adoptions', schema=None) as batch_op:
        batch_op.drop_index('ux_adoptions_held', sqlite_where=sa.text("state IN ('asked', 'running')"), postgresql_where=sa.text("state IN ('asked', 'running')"))
        batch_op.drop_index(batch_op.f('ix_adoptions_team_id'))

    op.drop_table('adoptions')
    with op.batch_alter_table('shift_templates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shift_templates_team_id'))
        batch_op.drop_index(batch_op.f('ix_shift_templates_post_id'))

    op.drop_table('shift_templates')
    with op.batch_alter_table('sections', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sections_post_id'))

    op.drop_table('sections')
    with op.batch_alter_table('team_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_team_members_volunteer_id'))

    op.drop_table('team_members')
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_posts_lead_id'))
        batch_op.drop_index('ix_posts_area')

    op.drop_table('posts')
    op.drop_table('teams')
    with op.batch_alter_table('volunteers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_volunteers_guardian_id'))

    op.drop_table('volunteers')
    op.drop_table('stops')
    op.drop_table('hours_notices')
    op.drop_table('post_kinds')
