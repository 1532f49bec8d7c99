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
    for table in ("catalog_document", "catalog_version"):
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
    op.drop_table("catalog_version")
    op.drop_table("catalog_document")
