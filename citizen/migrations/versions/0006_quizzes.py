"""Quizzes and surveys: bank, attempts, rounds in a hall; measures, waves, responses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op



revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('bank_questions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_questions')),
    sa.UniqueConstraint('code', name=op.f('uq_bank_questions_code'))
    )
    op.create_table('learners',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('nickname', sa.String(length=20), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_learners_area_code_areas')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_learners_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_learners')),
    sa.UniqueConstraint('nickname', name=op.f('uq_learners_nickname'))
    )
    op.create_table('live_rounds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=6), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['host_id'], ['people.id'], name=op.f('fk_live_rounds_host_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_live_rounds'))
    )
    with op.batch_alter_table('live_rounds', schema=None) as batch_op:
        batch_op.create_index('ix_live_rounds_host', ['host_id', 'id'], unique=False)
        batch_op.create_index('ux_live_rounds_code', ['code'], unique=True, sqlite_where=sa.text("state <> 'ended'"), postgresql_where=sa.text("state <> 'ended'"))

    op.create_table('measures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('rate', sa.String(length=16), nullable=False),
    sa.Column('title_hans', sa.String(length=80), nullable=False),
    sa.Column('title_hant', sa.String(length=80), nullable=False),
    sa.Column('title_en', sa.String(length=160), nullable=False),
    sa.Column('definition_hans', sa.Text(), nullable=False),
    sa.Column('definition_hant', sa.Text(), nullable=False),
    sa.Column('definition_en', sa.Text(), nullable=False),
    sa.Column('needed', sa.Integer(), nullable=False),
    sa.Column('fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('needed > 0', name=op.f('ck_measures_needs_at_least_one')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_measures_made_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measures')),
    sa.UniqueConstraint('code', 'number', name=op.f('uq_measures_code_number'))
    )
    op.create_table('question_imports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('format', sa.String(length=10), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('errors', sa.JSON(), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_question_imports_made_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_imports'))
    )
    with op.batch_alter_table('question_imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_imports_made_at'), ['made_at'], unique=False)

    op.create_table('question_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('topic', sa.String(length=30), nullable=False),
    sa.Column('difficulty', sa.Integer(), nullable=False),
    sa.Column('tags', sa.JSON(), nullable=False),
    sa.Column('stem_hans', sa.Text(), nullable=False),
    sa.Column('stem_hant', sa.Text(), nullable=False),
    sa.Column('stem_en', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('key', sa.JSON(), nullable=False),
    sa.Column('explanation_hans', sa.Text(), nullable=False),
    sa.Column('explanation_hant', sa.Text(), nullable=False),
    sa.Column('explanation_en', sa.Text(), nullable=False),
    sa.Column('source_hans', sa.Text(), nullable=False),
    sa.Column('source_hant', sa.Text(), nullable=False),
    sa.Column('source_en', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_note', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state <> 'ready' OR reviewer_id IS NOT NULL", name=op.f('ck_question_versions_ready_was_reviewed')),
    sa.CheckConstraint('reviewer_id IS NULL OR reviewer_id <> author_id', name=op.f('ck_question_versions_reviewer_is_not_author')),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_question_versions_author_id_people')),
    sa.ForeignKeyConstraint(['question_id'], ['bank_questions.id'], name=op.f('fk_question_versions_question_id_bank_questions')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['people.id'], name=op.f('fk_question_versions_reviewer_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_versions')),
    sa.UniqueConstraint('question_id', 'number', name=op.f('uq_question_versions_question_id_number'))
    )
    with op.batch_alter_table('question_versions', schema=None) as batch_op:
        batch_op.create_index('ix_question_versions_draw', ['state', 'topic', 'difficulty'], unique=False)
        batch_op.create_index('ix_question_versions_fingerprint', ['fingerprint'], unique=False)
        batch_op.create_index(batch_op.f('ix_question_versions_question_id'), ['question_id'], unique=False)
        batch_op.create_index('ux_question_versions_open', ['question_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'review')"), postgresql_where=sa.text("state IN ('draft', 'review')"))
        batch_op.create_index('ux_question_versions_ready', ['question_id'], unique=True, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))

    op.create_table('quizzes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('title_hans', sa.String(length=80), nullable=False),
    sa.Column('title_hant', sa.String(length=80), nullable=False),
    sa.Column('title_en', sa.String(length=160), nullable=False),
    sa.Column('intro_hans', sa.Text(), nullable=False),
    sa.Column('intro_hant', sa.Text(), nullable=False),
    sa.Column('intro_en', sa.Text(), nullable=False),
    sa.Column('blueprint', sa.JSON(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('limit_seconds', sa.Integer(), nullable=True),
    sa.Column('feedback', sa.String(length=12), nullable=False),
    sa.Column('pass_mark', sa.Integer(), nullable=True),
    sa.Column('attempts_allowed', sa.Integer(), nullable=True),
    sa.Column('account_needed', sa.Boolean(), nullable=False),
    sa.Column('certificate', sa.Boolean(), nullable=False),
    sa.Column('board', sa.Boolean(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('frozen_board', sa.JSON(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('closes_at IS NULL OR opens_at IS NULL OR opens_at < closes_at', name=op.f('ck_quizzes_opens_before_closing')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_quizzes_made_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quizzes'))
    )
    with op.batch_alter_table('quizzes', schema=None) as batch_op:
        batch_op.create_index('ix_quizzes_list', ['state', 'kind', 'closes_at'], unique=False)

    op.create_table('review_cards',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('card', sa.JSON(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times_wrong', sa.Integer(), nullable=False),
    sa.Column('right_since', sa.Integer(), nullable=False),
    sa.Column('last_wrong_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_review_cards_person_id_people')),
    sa.ForeignKeyConstraint(['question_id'], ['bank_questions.id'], name=op.f('fk_review_cards_question_id_bank_questions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_cards')),
    sa.UniqueConstraint('person_id', 'question_id', name=op.f('uq_review_cards_person_id_question_id'))
    )
    with op.batch_alter_table('review_cards', schema=None) as batch_op:
        batch_op.create_index('ix_review_cards_due', ['person_id', 'due_at'], unique=False)

    op.create_table('attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=16), nullable=False),
    sa.Column('quiz_id', sa.Integer(), nullable=False),
    sa.Column('taker', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('limit_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extended', sa.Boolean(), nullable=False),
    sa.Column('last_answer_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('counted', sa.Integer(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('first', sa.Boolean(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=True),
    sa.Column('device', sa.String(length=24), nullable=False),
    sa.Column('share_id', sa.String(length=16), nullable=True),
    sa.Column('certificate', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_attempts_area_code_areas')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_attempts_person_id_people')),
    sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_attempts_quiz_id_quizzes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts')),
    sa.UniqueConstraint('quiz_id', 'taker', 'no', name=op.f('uq_attempts_quiz_id_taker_no')),
    sa.UniqueConstraint('share_id', name=op.f('uq_attempts_share_id')),
    sa.UniqueConstraint('token', name=op.f('uq_attempts_token'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index('ix_attempts_due', ['state', 'ends_at'], unique=False)
        batch_op.create_index('ix_attempts_person', ['person_id', 'submitted_at'], unique=False)
        batch_op.create_index('ix_attempts_result', ['quiz_id', 'state', 'score', 'submitted_at'], unique=False)
        batch_op.create_index('ix_attempts_taker', ['taker', 'state'], unique=False)
        batch_op.create_index('ux_attempts_open', ['quiz_id', 'taker'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('key_corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_key_corrections_decided_by_people')),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_key_corrections_version_id_question_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_corrections'))
    )
    with op.batch_alter_table('key_corrections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_key_corrections_version_id'), ['version_id'], unique=False)

    op.create_table('live_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('phone', sa.String(length=32), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['live_rounds.id'], name=op.f('fk_live_answers_round_id_live_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_live_answers')),
    sa.UniqueConstraint('round_id', 'position', 'phone', name=op.f('uq_live_answers_round_id_position_phone'))
    )
    op.create_table('live_items',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('order', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['live_rounds.id'], name=op.f('fk_live_items_round_id_live_rounds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_live_items_version_id_question_versions')),
    sa.PrimaryKeyConstraint('round_id', 'position', name=op.f('pk_live_items'))
    )
    op.create_table('measure_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=30), nullable=True),
    sa.Column('question_hans', sa.Text(), nullable=False),
    sa.Column('question_hant', sa.Text(), nullable=False),
    sa.Column('question_en', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('anchor', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['measure_id'], ['measures.id'], name=op.f('fk_measure_items_measure_id_measures'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure_items')),
    sa.UniqueConstraint('measure_id', 'position', name=op.f('uq_measure_items_measure_id_position'))
    )
    op.create_table('version_statistics',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('right', sa.Integer(), nullable=False),
    sa.Column('discrimination', sa.Double(), nullable=True),
    sa.Column('seconds', sa.Double(), nullable=True),
    sa.Column('chosen', sa.JSON(), nullable=False),
    sa.Column('doubts', sa.JSON(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_version_statistics_version_id_question_versions')),
    sa.PrimaryKeyConstraint('version_id', name=op.f('pk_version_statistics'))
    )
    op.create_table('waves',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('title_hans', sa.String(length=80), nullable=False),
    sa.Column('title_hant', sa.String(length=80), nullable=False),
    sa.Column('title_en', sa.String(length=160), nullable=False),
    sa.Column('sampling_hans', sa.Text(), nullable=False),
    sa.Column('sampling_hant', sa.Text(), nullable=False),
    sa.Column('sampling_en', sa.Text(), nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('opens_on <= closes_on', name=op.f('ck_waves_opens_before_closing')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_waves_made_by_people')),
    sa.ForeignKeyConstraint(['measure_id'], ['measures.id'], name=op.f('fk_waves_measure_id_measures')),
    sa.ForeignKeyConstraint(['released_by'], ['people.id'], name=op.f('fk_waves_released_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waves'))
    )
    with op.batch_alter_table('waves', schema=None) as batch_op:
        batch_op.create_index('ix_waves_list', ['state', 'closes_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_waves_measure_id'), ['measure_id'], unique=False)

    op.create_table('attempt_flags',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_attempt_flags_attempt_id_attempts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_attempt_flags_decided_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_flags')),
    sa.UniqueConstraint('attempt_id', 'kind', name=op.f('uq_attempt_flags_attempt_id_kind'))
    )
    with op.batch_alter_table('attempt_flags', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_flags_open', ['state', 'id'], unique=False)

    op.create_table('attempt_items',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('order', sa.JSON(), nullable=False),
    sa.Column('answer', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seconds', sa.Integer(), nullable=True),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.Column('right', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_attempt_items_attempt_id_attempts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_attempt_items_version_id_question_versions')),
    sa.PrimaryKeyConstraint('attempt_id', 'position', name=op.f('pk_attempt_items'))
    )
    with op.batch_alter_table('attempt_items', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_items_version', ['version_id', 'attempt_id'], unique=False)

    op.create_table('strata',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('ages', sa.String(length=8), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.CheckConstraint('population > 0', name=op.f('ck_strata_has_people')),
    sa.CheckConstraint('target >= 0 AND target <= population', name=op.f('ck_strata_target_within_population')),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_strata_area_code_areas')),
    sa.ForeignKeyConstraint(['wave_id'], ['waves.id'], name=op.f('fk_strata_wave_id_waves'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_strata')),
    sa.UniqueConstraint('wave_id', 'area_code', 'ages', name=op.f('uq_strata_wave_id_area_code_ages'))
    )
    op.create_table('wave_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('area_code', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=30), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_wave_notes_area_code_areas')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_wave_notes_made_by_people')),
    sa.ForeignKeyConstraint(['wave_id'], ['waves.id'], name=op.f('fk_wave_notes_wave_id_waves'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wave_notes')),
    sa.UniqueConstraint('wave_id', 'area_code', 'topic', name=op.f('uq_wave_notes_wave_id_area_code_topic'))
    )
    op.create_table('invitations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('stratum_id', sa.Integer(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('disposition', sa.String(length=16), nullable=False),
    sa.Column('disposed_on', sa.Date(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['stratum_id'], ['strata.id'], name=op.f('fk_invitations_stratum_id_strata'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wave_id'], ['waves.id'], name=op.f('fk_invitations_wave_id_waves'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitations_token_hash')),
    sa.UniqueConstraint('wave_id', 'serial', name=op.f('uq_invitations_wave_id_serial'))
    )
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.create_index('ix_invitations_stratum', ['stratum_id', 'disposition'], unique=False)

    op.create_table('survey_responses',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=False),
    sa.Column('stratum_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['stratum_id'], ['strata.id'], name=op.f('fk_survey_responses_stratum_id_strata')),
    sa.ForeignKeyConstraint(['wave_id'], ['waves.id'], name=op.f('fk_survey_responses_wave_id_waves')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_responses')),
    sa.UniqueConstraint('key', name=op.f('uq_survey_responses_key'))
    )
    with op.batch_alter_table('survey_responses', schema=None) as batch_op:
        batch_op.create_index('ix_survey_responses_cell', ['wave_id', 'stratum_id', 'counts'], unique=False)



def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table('survey_responses', schema=None) as batch_op:
        batch_op.drop_index('ix_survey_responses_cell')

    op.drop_table('survey_responses')
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.drop_index('ix_invitations_stratum')

    op.drop_table('invitations')
    op.drop_table('wave_notes')
    op.drop_table('strata')
    with op.batch_alter_table('attempt_items', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_items_version')

    op.drop_table('attempt_items')
    with op.batch_alter_table('attempt_flags', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_flags_open')

    op.drop_table('attempt_flags')
    with op.batch_alter_table('waves', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_waves_measure_id'))
        batch_op.drop_index('ix_waves_list')

    op.drop_table('waves')
    op.drop_table('version_statistics')
    op.drop_table('measure_items')
    op.drop_table('live_items')
    op.drop_table('live_answers')
    with op.batch_alter_table('key_corrections', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_key_corrections_version_id'))

    op.drop_table('key_corrections')
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_index('ux_attempts_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_attempts_result')
        batch_op.drop_index('ix_attempts_person')
        batch_op.drop_index('ix_attempts_due')
        batch_op.drop_index('ix_attempts_taker')

    op.drop_table('attempts')
    with op.batch_alter_table('review_cards', schema=None) as batch_op:
        batch_op.drop_index('ix_review_cards_due')

    op.drop_table('review_cards')
    with op.batch_alter_table('quizzes', schema=None) as batch_op:
        batch_op.drop_index('ix_quizzes_list')

    op.drop_table('quizzes')
    with op.batch_alter_table('question_versions', schema=None) as batch_op:
        batch_op.drop_index('ux_question_versions_ready', sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.drop_index('ux_question_versions_open', sqlite_where=sa.text("state IN ('draft', 'review')"), postgresql_where=sa.text("state IN ('draft', 'review')"))
        batch_op.drop_index(batch_op.f('ix_question_versions_question_id'))
        batch_op.drop_index('ix_question_versions_fingerprint')
        batch_op.drop_index('ix_question_versions_draw')

    op.drop_table('question_versions')
    with op.batch_alter_table('question_imports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_imports_made_at'))

    op.drop_table('question_imports')
    op.drop_table('measures')
    with op.batch_alter_table('live_rounds', schema=None) as batch_op:
        batch_op.drop_index('ux_live_rounds_code', sqlite_where=sa.text("state <> 'ended'"), postgresql_where=sa.text("state <> 'ended'"))
        batch_op.drop_index('ix_live_rounds_host')

    op.drop_table('live_rounds')
    op.drop_table('learners')
    op.drop_table('bank_questions')
