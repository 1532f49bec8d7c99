"""Frameworks and what is said of them as documents with revisions, numbered as a whole."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_documents"
down_revision = "20261123_with_sample"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "catalog_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("edition", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("ck_catalog_document_revision_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_document")),
        sa.UniqueConstraint(
            "kind",
            "name",
            "edition",
            "revision",
            name=op.f("uq_catalog_document_kind_name_edition_revision"),
        ),
    )
    op.create_table(
        "catalog_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("documents", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_catalog_version_number_positive")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_catalog_version")),
    )
    op.create_table(
        "search_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)
            for name in (
                *("language", "kind", "name", "edition", "code"),
                *("title", "about", "more"),
            )
        ),
        sa.Column("vector", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["catalog_version.number"], name=op.f("fk_search_text_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
        sa.UniqueConstraint(
            *("version", "language", "kind", "name", "edition", "code"),
            name=op.f("uq_search_text_version_language_kind_name_edition_code"),
        ),
    )
    op.create_table(
        "search_word",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("word", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lexemes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["catalog_version.number"], name=op.f("fk_search_word_version")
        ),
        sa.PrimaryKeyConstraint("version", "language", "word", name=op.f("pk_search_word")),
    )
    for table in ("catalog_document", "catalog_version", "search_text", "search_word"):
        op.execute(f"GRANT SELECT, INSERT ON {table} TO palanca_app")
    op.execute(
        "INSERT INTO catalog_document"
        " SELECT id, 'framework', framework, edition, 1, content, content_sha256, published_at"
        " FROM framework_edition"
    )
    op.drop_table("framework_edition")


def downgrade() -> None:
    op.create_table(
        "framework_edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("edition", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("content_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_edition")),
        sa.UniqueConstraint(
            "framework", "edition", name=op.f("uq_framework_edition_framework_edition")
        ),
    )
    op.execute("GRANT SELECT, INSERT ON framework_edition TO palanca_app")
    op.execute(
        "INSERT INTO framework_edition"
        " SELECT id, name, edition, content, content_sha256, published_at"
        " FROM catalog_document WHERE kind = 'framework' AND revision = 1"
    )
    for table in ("search_word", "search_text", "catalog_version", "catalog_document"):
        op.drop_table(table)
