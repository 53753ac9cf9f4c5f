"""Commands that put an installation away and bring it back."""

from pathlib import Path

import click

from app import config as configuration


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--allow-missing", is_flag=True, help="附件缺失或内容已变时仍完成备份，并在清单中列明")
def backup(file: Path, allow_missing: bool) -> None:
    """把数据库与全部附件备份为一个文件（不必停机）。"""
    from app import backup as backups

    made = backups.backup(configuration.from_environment(), file, allow_missing=allow_missing)
    click.echo(f"已备份到 {made.path}（{made.size / 1024 / 1024:.1f} MB，附件 {len(made.manifest.files)} 个）")
    if made.manifest.missing:
        click.echo(f"注意：{len(made.manifest.missing)} 个附件缺失或内容已变，未包含在内。", err=True)
    click.echo(f"SHA-256 {made.sha256}")
    click.echo("备份含有个人信息，请加密后异地保存；SHA-256 请另行记录，恢复前核对。")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="不再询问")
def restore(file: Path, yes: bool) -> None:
    """把备份恢复到空的数据库与数据目录。"""
    from sqlalchemy import make_url

    from app import backup as backups

    settings = configuration.from_environment()
    where = make_url(settings.database_url).render_as_string(hide_password=True)
    if not yes:
        click.confirm(f"将 {file} 恢复到数据库 {where}、数据目录 {settings.data_dir}，是否继续？", abort=True)
    restored = backups.restore(settings, file)
    rows, files = sum(restored.manifest.facts.counts.values()), len(restored.manifest.files)
    click.echo(f"已恢复 {restored.manifest.made_at} 的备份：{rows} 行，附件 {files} 个。")
    click.echo(f"{restored.muted} 封未发邮件已静默，核对后由运维人员在“运行情况”页放行；所有人需重新登录。")
    click.echo("请运行 banjian check 核对数据，再启动服务与后台进程。")
